// The converter of λ: one factor a library, both ways. What the factors are for stands in the table on the page.
(() => {
  "use strict";
  const times = (factor) => ({ to: (lam, x) => [lam * factor(x)], from: (value, x) => [value / factor(x)] });
  const inverse = (factor) => ({ positive: true, to: (lam, x) => [1 / (lam * factor(x))], from: (c, x) => [1 / (c * factor(x))] });
  // our share of L1 is r, theirs another number: λ (r |w| + (1 - r) w²) beside α (ρ |w| + (1 - ρ) w² / 2)
  const elasticNet = { to: (lam, { share: r }) => [lam * (1 - r / 2), r / (2 - r)],
    from: (alpha, { share: rho }) => [alpha * (1 + rho), 2 * rho / (1 + rho)] };
  // glmnet keeps a standard deviation of y in its ridge part
  const parts = (l1, l2, share) => [l1 + l2, l1 + l2 > 0 ? l1 / (l1 + l2) : share];
  const glmnet = { to: (lam, { share: r, deviation: s }) => parts(lam * r / 2, lam * (1 - r) * s, r),
    from: (value, { share: a, deviation: s }) => parts(2 * value * a, a < 1 ? value * (1 - a) / s : 0, a) };

  const LIBRARIES = {
    "Ridge": { who: "scikit-learn Ridge", theirs: "alpha", needs: ["n"], ...times(({ n }) => n) },
    "Lasso": { who: "scikit-learn Lasso", theirs: "alpha", needs: [], ...times(() => 1 / 2) },
    "ElasticNet": { who: "scikit-learn ElasticNet", theirs: "alpha", share: "l1_ratio", needs: ["share"], ...elasticNet },
    "SGDRegressor": { who: "scikit-learn SGDRegressor, L2", theirs: "alpha", needs: [], ...times(() => 1) },
    "LogisticRegression": { who: "scikit-learn LogisticRegression, L2", theirs: "C", needs: ["n"], ...inverse(({ n }) => 2 * n) },
    "LogisticRegression-2": { who: "scikit-learn LogisticRegression, L2, beside a softmax network with two outputs",
      theirs: "C", needs: ["n"], ...inverse(({ n }) => n) },
    "MLPRegressor": { who: "scikit-learn MLPRegressor", theirs: "alpha", needs: ["n"], ...times(({ n }) => n) },
    "MLPClassifier": { who: "scikit-learn MLPClassifier", theirs: "alpha", needs: ["n"], ...times(({ n }) => 2 * n) },
    "statsmodels": { who: "statsmodels OLS.fit_regularized", theirs: "alpha", share: "L1_wt", needs: ["share"], ...elasticNet },
    "torch": { who: "PyTorch SGD or Adam", theirs: "weight_decay", needs: [], ...times(() => 2) },
    "keras-L2": { who: "Keras L2 of a layer", theirs: "l2", needs: [], ...times(() => 1) },
    "keras-L1": { who: "Keras L1 of a layer", theirs: "l1", needs: [], ...times(() => 1) },
    "keras-decay": { who: "Keras SGD, its decay", theirs: "weight_decay", needs: ["momentum"],
      ...times(({ momentum }) => 2 / (1 - momentum)) },
    "glmnet": { who: "R's glmnet, features standardized", theirs: "lambda", share: "alpha", needs: ["share", "deviation"], ...glmnet },
  };
  const NETWORKS = ["MLPRegressor", "MLPClassifier"]; // their n is that of one step

  // a number as people write it, with a point or a comma; what it may be is said where it is not
  function read(field, name, { low = 0, open = false, high = Infinity, whole = false, below = false }) {
    // 0,5 is a half, but 1,000 may be one or a thousand: it is refused
    const given = field.value.trim(), text = /^[1-9]\d{0,2},\d{3}$/.test(given) ? "" : given.replace(/^([^.,]*),([^.,]*)$/, "$1.$2");
    const value = text === "" ? NaN : Number(text);
    const right = Number.isFinite(value) && (open ? value > low : value >= low) && (below ? value < high : value <= high)
      && (!whole || Number.isInteger(value));
    field.setAttribute("aria-invalid", !right);
    if (right) return value;
    const least = open ? `above ${low}` : `at least ${low}`;
    const most = high === Infinity ? "" : below ? ` and below ${high}` : ` and at most ${high}`;
    throw new RangeError(`${name} must be a ${whole ? "whole " : ""}number ${least}${most}, got “${field.value}”.`);
  }

  const shown = (number) => String(Number(number.toPrecision(12)));

  function begin(form) {
    const { library, direction, value, n, share, momentum, deviation, answer } = form.elements;
    for (const [key, { who }] of Object.entries(LIBRARIES)) library.add(new Option(who, key));

    function convert() {
      const chosen = LIBRARIES[library.value], to = direction.value === "to";
      const names = { value: to ? "λ" : chosen.theirs, share: to ? "r, this book's share of L1" : chosen.share,
        n: NETWORKS.includes(library.value) ? "n, training samples; the batch size for solver sgd or adam" : "n, training samples" };
      for (const span of form.querySelectorAll("[data-label]")) {
        const name = span.dataset.label;
        if (names[name]) span.textContent = names[name];
        span.parentElement.hidden = name !== "value" && !chosen.needs.includes(name);
      }
      try {
        const limits = { n: [n, "n", { low: 1, whole: true }], share: [share, to ? "r" : chosen.share, { high: 1 }],
          momentum: [momentum, "momentum", { high: 1, below: true }],
          deviation: [deviation, "the standard deviation", { open: !to }] };
        const given = Object.fromEntries(chosen.needs.map((name) => [name, read(...limits[name])]));
        const number = read(value, names.value, { open: !!chosen.positive });
        const found = chosen[direction.value](number, given);
        if (!found.every(Number.isFinite)) throw new RangeError("The result is larger than a computer can write.");
        const [first, second] = found.map(shown);
        const theirs = to ? [first, second] : [shown(number), chosen.share && shown(given.share)];
        const ours = to ? [shown(number), chosen.share && shown(given.share)] : [first, second];
        const text = [`${chosen.theirs} = ${theirs[0]}`, chosen.share ? `${chosen.share} = ${theirs[1]}` : ""];
        const book = [`λ = ${ours[0]}`, chosen.share ? `r = ${ours[1]}` : ""];
        answer.value = (to ? [text, book] : [book, text]).map((pair) => pair.filter(Boolean).join(", ")).join(" is the same as ");
      } catch (wrong) {
        if (!(wrong instanceof RangeError)) throw wrong;
        answer.value = wrong.message;
      }
    }

    form.addEventListener("input", convert);
    form.addEventListener("submit", (event) => event.preventDefault());
    form.hidden = false;
    convert();
  }

  document.querySelectorAll("form.converter").forEach(begin);
})();
