"""Leaves out what is imported for nothing by all that looks at notebooks: `import no_parsers` first, or `pytest -p no_parsers`.

With rfc3987_syntax jsonschema makes 38 parsers of addresses when it is imported, which takes a second.
"""

import sys

sys.modules.setdefault("rfc3987_syntax", None)
