# Each command says what it does; `make` lists them. The same steps without make stand in README.md.
PYTHON ?= python3
PORT ?= 8000
ONLY ?=
ifeq ($(OS),Windows_NT)
  BIN := .venv/Scripts
else
  BIN := .venv/bin
endif
READY := .venv/.ready
# tests of the built site and of the commands: they run no line of the package that others do not
OF_THE_SITE := $(addprefix tests/test_,$(addsuffix .py,benchmarks book build next reference release site))
RUN := $(BIN)/python

# two BLAS threads on a busy machine can be a hundred times slower than one
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
# Jupyter reads the platform's folders as Python does, and does not warn of it
export JUPYTER_PLATFORM_DIRS := 1

.DEFAULT_GOAL := help
.PHONY: help book serve test lab notebooks chapter mutants coverage lint bench measure site-archive pdf epub release-check oldest newest foreign sphinx-next myst constraints clean

help: ## list these commands
	@echo "A course on regularization. What make can do:"
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' Makefile

$(READY): requirements.lock pyproject.toml
	@echo "Making the environment in .venv (a few minutes the first time)."
	@$(PYTHON) -c "import sys; (3, 11) <= sys.version_info < (3, 15) or sys.exit('Python 3.11 to 3.14 is needed, and this is ' + sys.version.split()[0] + '. README.md says what to do with a newer one.')"
	@$(RUN) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear .venv
	@$(RUN) -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps --only-binary :all: -r requirements.lock
	@$(RUN) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $(READY)

book: $(READY) ## build the website into _build/html (ONLY=l2 for one page)
	@$(RUN) $(if $(ONLY),tools/one.py $(ONLY),tools/build.py)

serve: book ## serve the website on 127.0.0.1 (PORT=8000)
	@$(RUN) tools/serve.py $(PORT)

test: book ## run every test: package, notebooks, site, browser (ONLY=l2 for one chapter's)
	@$(RUN) tools/test.py $(if $(ONLY),--only $(ONLY))

coverage: $(READY) ## print which lines and branches of the package no test reaches
	@$(RUN) -m pytest -q -n auto --dist loadscope --cov reglesson $(filter-out $(OF_THE_SITE),$(wildcard tests/test_*.py))

lab: $(READY) ## open the book in JupyterLab
	@$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u 2>/dev/null)),--allow-root) index.ipynb

notebooks: $(READY) ## execute the notebooks again and store their outputs (ONLY=l2 for one)
	@$(RUN) tools/notebooks.py $(ONLY)

chapter: $(READY) ## make the files of a new chapter (NAME=noise TITLE="Noise that helps")
	@$(RUN) tools/chapter.py $(NAME) $(if $(TITLE),"$(TITLE)")

mutants: $(READY) ## change the mathematics and list what no test notices (ONLY=l2, ONLY=bugs, SOME=300)
	@PYTHONPATH=tools $(RUN) -m mutants.report $(if $(SOME),--some $(SOME)) $(ONLY)

lint: $(READY) ## check the style and the types of the code
	@$(BIN)/ruff check .
	@$(RUN) -m mypy
	@$(RUN) tools/notebooks.py --check

bench: $(READY) ## time the package against scikit-learn and others (ONLY=ridge for some)
	@$(RUN) -m benchmarks $(ONLY)

measure: book ## print sizes and speeds of the site
	@$(RUN) tools/measure.py

pdf: book ## print the course into one file, _build/course.pdf
	@$(RUN) tools/pdf.py

epub: book ## make an e-book of the course, _build/course.epub
	@$(RUN) tools/epub.py

release-check: $(READY) ## build wheel and source archive, and install and check them as others would
	@$(RUN) tools/release.py --installed

site-archive: book ## pack the website into one file that any static host can serve
	@$(RUN) -c "import shutil; shutil.make_archive('_build/site', 'zip', '_build/html')"
	@echo "The website is in _build/site.zip: unpack it where a web server finds it, under any address."

oldest: $(READY) ## test package and notebooks with the oldest versions that are allowed
	@$(RUN) tools/world.py oldest

newest: $(READY) ## the same with the newest, and say which differ from the exact ones
	@$(RUN) tools/world.py newest

foreign: $(READY) ## drive projects of other people, and other browsers
	@$(RUN) -m pytest -q -m foreign tests

sphinx-next: book ## build the pages with Sphinx 9 and the newest theme; a warning is an error
	@$(RUN) tools/sphinx9.py

myst: $(READY) ## read the sources with the parser of Jupyter Book 2 and count its complaints
	@$(RUN) tools/myst.py

constraints: $(READY) ## renew the exact versions and their sums, on purpose
	@$(RUN) tools/constraints.py

clean: ## remove what was built, and the environment
	@rm -rf _build .venv .pytest_cache .ruff_cache .hypothesis
	@echo "Removed _build, .venv and caches."
