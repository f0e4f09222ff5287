"use strict";
(() => {
  const LEFT = 84, RIGHT = 586, TOP = 14, BOTTOM = 300, HEIGHT = 350, FLOOR = 1e-4, DECADES = 4;
  const SERIES = ["possible", "impossible", "paper_possible", "paper_impossible"];
  const NAMES = ["samples", "features", "norm", "width"];
  const by = (id) => document.getElementById(id);
  const atlas = JSON.parse(by("atlas").textContent);
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const raw = bytes(atlas.values), because = bytes(atlas.because);
  const stops = { samples: atlas.samples, features: atlas.features, norm: atlas.norms };
  const count = (n) => n.toLocaleString("en");

  // a number of the table: q stands for 10^(-q / steps), 0 for 1 and 65535 for 0
  const ratio = (i) => {
    const q = raw[2 * i] + 256 * raw[2 * i + 1];
    return q === 65535 ? 0 : Math.pow(10, -q / atlas.steps);
  };

  const lookup = (norm, features, samples) => {
    const each = atlas.features.map((d) => atlas.widths[d].length);
    const block = each.reduce((a, b) => a + b, 0) * atlas.samples.length;
    const before = each.slice(0, features).reduce((a, b) => a + b, 0) * atlas.samples.length;
    const size = each[features], start = norm * block + before + samples * size;
    const found = { widths: atlas.widths[atlas.features[features]], reasons: [] };
    SERIES.forEach((name, s) => {
      found[name] = Array.from({ length: size }, (_, k) => ratio(4 * start + s * size + k));
    });
    for (let k = 0; k < size; k++) found.reasons.push(atlas.reasons[because[start + k]]);
    return found;
  };

  // four digits, never to the wrong side
  const digits = (v, round) => {
    if (v <= 0 || v >= 1) return String(Math.min(Math.max(v, 0), 1));
    const e = Math.floor(Math.log10(v)), f = Math.pow(10, 3 - e);
    const shown = Number((round(v * f) / f).toPrecision(4));
    return shown < 1e-4 ? shown.toExponential() : String(shown);
  };

  const element = (name, attributes, words) => {
    const made = document.createElementNS(by("explorer-picture").namespaceURI, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    if (words !== undefined) made.textContent = words;
    return made;
  };

  // up to the next width the value of this one, or (later) already the next one's
  const steps = (widths, values, end, later) => {
    const corners = [[widths[0], values[0]]];
    for (let i = 1; i < widths.length; i++) {
      corners.push(later ? [widths[i - 1], values[i]] : [widths[i], values[i - 1]], [widths[i], values[i]]);
    }
    return corners.concat([[end, values[values.length - 1]]]);
  };

  const draw = (found, features, chosen) => {
    const { widths } = found, end = 1.3 * widths[widths.length - 1];
    const x = (k) => LEFT + (RIGHT - LEFT) * Math.log(k) / Math.log(end);
    const y = (v) => BOTTOM - (BOTTOM - TOP) * (1 + Math.log10(Math.min(Math.max(v, FLOOR), 1)) / DECADES);
    const path = (points) => "M" + points.map(([k, v]) => `${x(k).toFixed(1)} ${y(v).toFixed(1)}`).join("L");
    const possible = steps(widths, found.possible, end, false), impossible = steps(widths, found.impossible, end, true);
    const parts = [
      element("path", { class: "possible", d: path([...possible, [end, FLOOR], [1, FLOOR]]) + "Z" }),
      element("path", { class: "unknown", d: path([...possible, ...[...impossible].reverse()]) + "Z" }),
      element("path", { class: "impossible", d: path([...impossible, [end, 1], [1, 1]]) + "Z" }),
      element("path", { class: "line dashed", d: path(steps(widths, found.paper_possible, end, false)) }),
      element("path", { class: "line dotted", d: path(steps(widths, found.paper_impossible, end, true)) }),
      element("path", { class: "chosen", d: `M${x(chosen).toFixed(1)} ${TOP}V${BOTTOM}` }),
      element("path", { class: "mark", d: `M${LEFT} ${TOP}V${BOTTOM}H${RIGHT}` }),
      element("text", { x: (LEFT + RIGHT) / 2, y: HEIGHT - 6, "text-anchor": "middle" }, "width k"),
      element("text", { transform: `translate(18 ${(TOP + BOTTOM) / 2}) rotate(-90)`, "text-anchor": "middle" }, "ratio 2σ/δ"),
    ];
    for (const k of [1, 3, 10, 30, 100, 300, 1000].filter((k) => k < 0.6 * features).concat([features])) {
      parts.push(element("path", { class: "tick", d: `M${x(k).toFixed(1)} ${BOTTOM}v5` }));
      parts.push(element("text", { x: x(k).toFixed(1), y: BOTTOM + 22, "text-anchor": "middle" }, count(k)));
    }
    for (let e = 0; e <= DECADES; e++) {
      const v = Math.pow(10, -e);
      parts.push(element("path", { class: "tick", d: `M${LEFT} ${y(v).toFixed(1)}h-5` }));
      parts.push(element("text", { x: LEFT - 9, y: (y(v) + 5).toFixed(1), "text-anchor": "end" }, Number(v.toFixed(e))));
    }
    by("explorer-picture").replaceChildren(...parts);
  };

  const picked = (name) => Number(by("pick-" + name).value);
  const show = (name, words) => {
    by("shown-" + name).textContent = words;
    by("pick-" + name).setAttribute("aria-valuetext", words);
  };

  const update = () => {
    const [samples, features, norm] = NAMES.map(picked);
    const found = lookup(norm, features, samples), k = Math.min(picked("width"), found.widths.length - 1);
    by("pick-width").max = found.widths.length - 1;
    const sizes = [atlas.samples[samples], atlas.features[features]].map(count);
    const p = atlas.norms[norm] === "inf" ? "∞" : atlas.norms[norm];
    show("samples", sizes[0]);
    show("features", sizes[1]);
    show("norm", p);
    show("width", count(found.widths[k]));
    draw(found, atlas.features[features], found.widths[k]);
    const from = digits(found.impossible[k], Math.ceil), upTo = digits(found.possible[k], Math.floor);
    by("explorer-says").textContent =
      `${sizes[0]} samples, ${sizes[1]} features, ℓ${p} balls, width ${count(found.widths[k])}: every data set allows ` +
      `ratios below ${upTo}; some data set refuses those from ${from} on (${found.reasons[k]}). The paper: ` +
      `${digits(found.paper_possible[k], Math.floor)} and ${digits(found.paper_impossible[k], Math.ceil)}.`;
  };

  const nearest = (values, wanted) => {
    const far = values.map((v) => Math.abs(Math.log(v) - Math.log(wanted)));
    return far.indexOf(Math.min(...far));
  };

  const start = by("explorer").dataset;
  for (const name of ["samples", "features", "norm"]) by("pick-" + name).max = stops[name].length - 1;
  by("pick-samples").value = nearest(atlas.samples, Number(start.samples));
  by("pick-features").value = nearest(atlas.features, Number(start.features));
  const norms = atlas.norms.map((p) => (p === "inf" ? 1e9 : Number(p)));
  by("pick-norm").value = nearest(norms, start.norm === "inf" ? 1e9 : Number(start.norm));
  by("pick-width").max = lookup(0, picked("features"), 0).widths.length - 1;
  by("pick-width").value = Math.floor(by("pick-width").max / 2);
  for (const name of NAMES) by("pick-" + name).addEventListener("input", update);
  by("explorer").hidden = false;
  update();
})();
