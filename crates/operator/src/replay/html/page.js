"use strict";

// Sorts a table by the column whose heading was clicked; another click turns the order round.
function sort(heading) {
  const table = heading.closest("table");
  const column = heading.cellIndex;
  const order = heading.getAttribute("aria-sort") === "ascending" ? -1 : 1;
  const key = (row) => row.cells[column].dataset.sort ?? row.cells[column].textContent;
  const compare = new Intl.Collator("en", { numeric: true }).compare;
  const body = table.tBodies[0];
  body.append(...[...body.rows].sort((a, b) => order * compare(key(a), key(b))));
  for (const other of table.querySelectorAll("th")) other.removeAttribute("aria-sort");
  heading.setAttribute("aria-sort", order > 0 ? "ascending" : "descending");
}

for (const heading of document.querySelectorAll("th")) {
  heading.firstElementChild.addEventListener("click", () => sort(heading));
}

// Shows the lines of one verdict, and those with the words that were typed.
const rows = [...document.querySelectorAll("#incidents tbody tr")];
const kind = document.getElementById("kind");
const search = document.getElementById("search");
function filter() {
  const words = search.value.toLowerCase().split(/\s+/);
  let shown = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = (kind.value && row.dataset.kind !== kind.value) || !words.every((word) => text.includes(word));
    shown += row.hidden ? 0 : 1;
  }
  document.getElementById("shown").textContent = `${shown} of ${rows.length}`;
}
kind.addEventListener("change", filter);
search.addEventListener("input", filter);
// The lines that matter most are shown first.
if (rows.some((row) => row.dataset.kind === "roll")) kind.value = "roll";
filter();

// A flag leads to its line, also if that is hidden.
document.getElementById("timeline").addEventListener("click", (event) => {
  if (!event.target.closest("a")) return;
  kind.value = search.value = "";
  filter();
});

// Stretches the time line, and keeps its middle in view.
const timeline = document.getElementById("timeline");
document.getElementById("zoom").addEventListener("input", (event) => {
  const middle = (timeline.scrollLeft + timeline.clientWidth / 2) / timeline.scrollWidth;
  timeline.style.setProperty("--zoom", event.target.value);
  timeline.scrollLeft = middle * timeline.scrollWidth - timeline.clientWidth / 2;
});

// Shows titles at once, in place of the browser's own, which take a second.
const tip = Object.assign(document.createElement("div"), { id: "tip", hidden: true });
document.body.append(tip);
let named;
function hide() {
  if (named) named.title = tip.textContent;
  named = undefined;
  tip.hidden = true;
}
function show(event) {
  hide();
  const about = event.target.closest?.("#timeline [title]");
  if (!about) return;
  tip.textContent = about.title;
  named = about;
  about.removeAttribute("title");
  tip.hidden = false;
  const box = about.getBoundingClientRect();
  tip.style.left = `${Math.max(8, Math.min(box.left, innerWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = box.bottom + tip.offsetHeight + 12 < innerHeight ? `${box.bottom + 8}px` : `${box.top - tip.offsetHeight - 8}px`;
}
timeline.addEventListener("pointerover", show);
timeline.addEventListener("focusin", show);
timeline.addEventListener("pointerleave", hide);
timeline.addEventListener("focusout", hide);
timeline.addEventListener("scroll", hide);
