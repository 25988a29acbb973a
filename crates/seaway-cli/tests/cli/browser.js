// Looks at pages as a reader sees them, and writes down what is wrong with them. `pages` are HTML texts by name, `pictures`
// are SVG texts, `dark` says which colors there should be. Runs in the page around the frames.
"use strict";

const WIDTHS = [400, 800, 1240];
const told = { complaints: [], texts: 0, boxes: 0, wires: 0, choices: 0 };

// Relative luminance and contrast: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
const channels = color => color.match(/[\d.]+/g).map(Number);
const luminance = color => {
  const [r, g, b] = channels(color).map(value => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y);
  return (light + 0.05) / (dark + 0.05);
};
const is_clear = color => color === "none" || channels(color)[3] === 0;

const inside = (inner, outer, by) =>
  inner.left >= outer.left + by && inner.right <= outer.right - by &&
  inner.top >= outer.top + by && inner.bottom <= outer.bottom - by;
const overlap = (a, b) =>
  a.left < b.right - 0.5 && b.left < a.right - 0.5 && a.top < b.bottom - 0.5 && b.top < a.bottom - 0.5;
const holds = (rect, point, by) =>
  point.x > rect.left + by && point.x < rect.right - by && point.y > rect.top + by && point.y < rect.bottom - by;

function diagram(svg, window, complain) {
  const style = element => window.getComputedStyle(element);
  // Nothing moves while it is looked at.
  const rects = new Map();
  const rect = element => {
    if (!rects.has(element)) rects.set(element, element.getBoundingClientRect());
    return rects.get(element);
  };
  const card = svg.querySelector(".card");
  const scale = rect(svg).width / svg.viewBox.baseVal.width;
  if (scale < 0.8) complain(`the picture is drawn small: ${scale.toFixed(2)}`);
  const groups = [...svg.querySelectorAll("g")];
  const boxes = groups.map(group => group.querySelector(".box"));
  const texts = [...svg.querySelectorAll("text")];
  told.boxes += boxes.length;
  for (const group of groups) {
    const box = group.querySelector(".box");
    for (const text of group.querySelectorAll("text")) {
      if (!inside(rect(text), rect(box), 2)) complain(`"${text.textContent}" leaves its box`);
    }
  }
  boxes.forEach((box, at) => {
    if (!inside(rect(box), rect(card), 4)) complain("a box leaves the picture");
    for (const other of boxes.slice(at + 1)) if (overlap(rect(box), rect(other))) complain("boxes overlap");
  });
  texts.forEach((text, at) => {
    const own = text.parentNode.querySelector(":scope > .box");
    const behind = text.closest("g") ? own : card;
    if (!inside(rect(text), rect(card), 2)) complain(`"${text.textContent}" leaves the picture`);
    const ratio = contrast(style(text).fill, style(behind).fill);
    if (ratio < 4.5) complain(`"${text.textContent}" has a contrast of ${ratio.toFixed(2)}`);
    if (parseFloat(style(text).fontSize) < 11) complain(`"${text.textContent}" is small`);
    for (const other of texts.slice(at + 1)) {
      if (overlap(rect(text), rect(other))) complain(`"${text.textContent}" lies on "${other.textContent}"`);
    }
    for (const box of boxes) {
      if (box !== own && overlap(rect(text), rect(box))) complain(`"${text.textContent}" lies on a box`);
    }
  });
  for (const wire of svg.querySelectorAll(".wire")) {
    told.wires += 1;
    const ratio = contrast(style(wire).stroke, style(card).fill);
    if (ratio < 3) complain(`a wire has a contrast of ${ratio.toFixed(2)}`);
    const matrix = wire.getScreenCTM();
    const length = wire.getTotalLength();
    for (let at = 0; at <= length; at += 2) {
      const point = wire.getPointAtLength(at).matrixTransform(matrix);
      const text = texts.find(text => holds(rect(text), point, 0));
      if (text) complain(`a wire crosses "${text.textContent}"`);
      if (boxes.some(box => holds(rect(box), point, 2))) complain("a wire crosses a box");
    }
  }
  for (const part of ["title", "desc"]) {
    const element = svg.querySelector(`:scope > ${part}`);
    if (!element || !element.textContent.trim()) complain(`a picture without ${part}`);
    else if (!svg.getAttribute("aria-labelledby").split(" ").includes(element.id)) complain(`${part} is not told`);
  }
}

function texts(document, window, complain) {
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.textContent.trim() || element.closest("svg, style")) continue;
    const style = window.getComputedStyle(element);
    if (!element.checkVisibility()) continue;
    told.texts += 1;
    let behind = element;
    while (behind && is_clear(window.getComputedStyle(behind).backgroundColor)) behind = behind.parentElement;
    const ground = window.getComputedStyle(behind || document.documentElement).backgroundColor;
    const size = parseFloat(style.fontSize);
    const is_large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const ratio = contrast(style.color, ground);
    if (ratio < (is_large ? 3 : 4.5)) complain(`"${node.textContent}" has a contrast of ${ratio.toFixed(2)}`);
  }
}

// Checks what checkboxes `stage-0` do: what is `by-stage` and not `stage-0` is hidden, and all else is shown.
function choices(document, window, complain) {
  const form = document.querySelector("form");
  if (!form) return;
  const dimension = input => input.id.slice(0, input.id.indexOf("-"));
  const all = [...form.querySelectorAll("input")];
  const check = what => {
    const checked = all.filter(input => input.checked);
    for (const element of document.querySelectorAll("[class*=by-]")) {
      const hides = input => {
        const same = checked.filter(other => dimension(other) === dimension(input));
        return element.classList.contains(`by-${dimension(input)}`) && !same.some(({ id }) => element.classList.contains(id));
      };
      const hidden = checked.some(hides);
      const is_hidden = window.getComputedStyle(element).display === "none";
      if (hidden !== is_hidden) complain(`${what} ${is_hidden ? "hides" : "shows"} ${element.className}`);
    }
  };
  check("nothing checked");
  for (const input of all) {
    told.choices += 1;
    input.checked = true;
    check(input.id);
    const left = [...document.querySelectorAll("[class*=by-]")].some(element => element.checkVisibility());
    if (!left) complain(`${input.id} leaves nothing`);
    input.checked = false;
  }
  all.forEach(input => { input.checked = /-(0|downtime|opens)$/.test(input.id); });
  check("several");
  const button = form.querySelector("button");
  if (!button.checkVisibility()) complain("nothing to show all again with");
  button.click();
  if (all.some(input => input.checked)) complain("the button clears nothing");
  check("cleared");
}

function look(frame, name) {
  const { contentDocument: document, contentWindow: window } = frame;
  const place = `${name} at ${frame.width}`;
  const complain = what => told.complaints.push(`${place}: ${what}`);
  if (window.matchMedia("(prefers-color-scheme: dark)").matches !== dark) complain("colors of the other kind");
  const wide = () => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth > clientWidth) complain(`scrolls sideways: ${scrollWidth} in ${clientWidth}`);
  };
  wide();
  for (const details of document.querySelectorAll("details")) details.open = true;
  wide();
  const figures = [...document.querySelectorAll("figure")];
  if (!figures.length) complain("shows no picture");
  for (const figure of figures) {
    const shown = [...figure.querySelectorAll("svg, .parts")].filter(picture => picture.checkVisibility());
    if (shown.length !== 1) complain(`shows ${shown.length} pictures of one thing`);
    shown.filter(picture => picture.localName === "svg").forEach(svg => diagram(svg, window, complain));
  }
  texts(document, window, complain);
  choices(document, window, complain);
  for (const element of document.querySelectorAll("*")) {
    if (element.localName === "script") complain("a script");
    for (const { name, value } of element.attributes) {
      if (name.startsWith("on")) complain(`a handler: ${name}`);
      const leads = /^https?:/.test(value) || (value.startsWith("#") && document.getElementById(value.slice(1)));
      if (name === "src" || (name === "href" && !leads)) complain(`${name}=${value}`);
    }
  }
  if (window.performance.getEntriesByType("resource").length) complain("reads something from elsewhere");
  if (!document.documentElement.lang || !document.title) complain("no language or title");
  for (const table of document.querySelectorAll("table")) {
    const heads = table.querySelectorAll("th[scope=col]").length;
    for (const row of table.querySelectorAll("tbody tr")) {
      if (!heads || row.cells.length !== heads) complain("a row that is not as wide as its head");
    }
  }
  for (const element of document.querySelectorAll("main *")) {
    const { overflowX } = window.getComputedStyle(element);
    const is_long = overflowX !== "visible" && element.scrollWidth > element.clientWidth + 1;
    const is_cut = is_long && !(overflowX === "auto" && element.tabIndex === 0);
    // What only is there for those who listen is cut to nothing.
    if (is_cut && !element.closest("svg, thead")) complain(`cuts off what is in ${element.localName}.${element.className}`);
  }
  const ids = [...document.querySelectorAll("[id]")].map(element => element.id);
  if (new Set(ids).size !== ids.length) complain("an id twice");
}

function parses(text, type, name) {
  const error = new DOMParser().parseFromString(text, type).querySelector("parsererror");
  if (error) told.complaints.push(`${name}: ${error.textContent}`);
}

const frames = [];
for (const [name, text] of Object.entries(pages)) {
  parses(text, "application/xml", name);
  for (const width of WIDTHS) {
    const frame = document.createElement("iframe");
    Object.assign(frame, { width, height: 900, srcdoc: text });
    frames.push(new Promise(done => { frame.onload = () => { look(frame, name); done(); }; }));
    document.body.append(frame);
  }
}
for (const [name, text] of Object.entries(pictures)) parses(text, "image/svg+xml", name);
Promise.all(frames).then(
  () => {
    told.complaints = [...new Set(told.complaints)];
    document.getElementById("told").textContent = JSON.stringify(told);
  },
  error => { document.getElementById("told").textContent = String(error); },
);
