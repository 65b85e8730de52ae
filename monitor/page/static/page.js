// The list: what is open now, kept by server-sent events; of thousands of rows only those in sight are in the document.
import { describeAge, element, showAlert, sayKind } from "/alert.js";

const ROW_HEIGHT = 64;
const ROWS_BEYOND_SIGHT = 6;
const DAY_MS = 24 * 3600 * 1000;
const CROWD_KINDS = new Set(["surge", "brand_post_backlash"]);

const find = (id) => document.getElementById(id);
const rows = new Map();
const clock = { event: Date.now(), wall: Date.now(), speed: 1 };
let listed = [];
let selected = null;
let opened = null;
let isComplete = false;
let isDrawing = false;

export const eventNow = () => clock.event + (Date.now() - clock.wall) * clock.speed;

// ---- events

function connect() {
  const events = new EventSource("/events");
  events.addEventListener("begin", () => {
    rows.clear();
    isComplete = false;
  });
  events.addEventListener("change", (event) => {
    for (const row of JSON.parse(event.data)) rows.set(row.id, row);
    if (isComplete) forgetOldest();
    draw();
    if (opened && JSON.parse(event.data).some((row) => row.id === opened)) openAlert(opened, false);
  });
  events.addEventListener("complete", () => {
    isComplete = true;
    say("live", "live");
    draw();
  });
  events.addEventListener("health", (event) => showHealth(JSON.parse(event.data)));
  events.addEventListener("error", () => say("lost", "connection lost, trying again"));
}

function say(state, text) {
  const place = find("connection");
  if (place.textContent !== text) place.textContent = text;
  place.className = state;
}

/** The server keeps the last few hundred that ended; so does the page. */
function forgetOldest() {
  const ended = [...rows.values()].filter((row) => row.state === "resolved");
  if (ended.length > 400) {
    ended.sort((one, other) => one.at.localeCompare(other.at));
    for (const row of ended.slice(0, ended.length - 300)) rows.delete(row.id);
  }
}

// ---- list

function draw() {
  if (isDrawing) return;
  isDrawing = true;
  requestAnimationFrame(() => {
    isDrawing = false;
    select();
    drawTotals();
    drawRows();
    drawSurges();
  });
}

const orders = {
  listeners: (one, other) => (other.expected ?? 0) - (one.expected ?? 0),
  due: (one, other) => one.respond_by.localeCompare(other.respond_by),
  new: (one, other) => other.at.localeCompare(one.at),
};

function select() {
  const words = find("search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const kind = find("kind").value;
  const severity = find("severity").value;
  const wantsEnded = find("show").value === "ended";
  listed = [...rows.values()].filter(
    (row) =>
      (row.state === "resolved") === wantsEnded &&
      (!kind || row.kind === kind) &&
      (!severity || row.severity === severity) &&
      words.every((word) => textOf(row).includes(word)),
  );
  listed.sort(wantsEnded ? orders.new : orders[find("order").value]);
}

const texts = new WeakMap();
function textOf(row) {
  if (!texts.has(row)) {
    const parts = [row.headline, row.kind, row.customer, row.product, row.brand, row.category, row.channel, row.owner];
    texts.set(row, parts.filter(Boolean).join(" ").toLowerCase());
  }
  return texts.get(row);
}

function drawTotals() {
  const now = eventNow();
  let open = 0, detractors = 0, listeners = 0, overdue = 0;
  for (const row of rows.values()) {
    if (row.state === "resolved" || row.severity === "info") continue;
    open += 1;
    if (row.kind === "detractor") {
      detractors += 1;
      listeners += row.expected ?? 0;
    }
    if (Date.parse(row.respond_by) < now) overdue += 1;
  }
  for (const [name, value] of Object.entries({ open, detractors, listeners, overdue })) {
    find(`total-${name}`).textContent = Math.round(value).toLocaleString("en");
  }
}

function drawRows() {
  const list = find("list");
  const first = Math.max(0, Math.floor(list.scrollTop / ROW_HEIGHT) - ROWS_BEYOND_SIGHT);
  const last = Math.min(listed.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW_HEIGHT) + ROWS_BEYOND_SIGHT);
  const place = find("rows");
  place.style.height = `${listed.length * ROW_HEIGHT}px`;
  place.replaceChildren(...listed.slice(first, last).map((row, number) => drawRow(row, first + number)));
  const current = listed.findIndex((row) => row.id === selected);
  if (current >= first && current < last) list.setAttribute("aria-activedescendant", `row-${selected}`);
  else list.removeAttribute("aria-activedescendant");
  find("shown").textContent = listed.length ? `${listed.length.toLocaleString("en")} shown` : "";
  const empty = find("empty");
  empty.hidden = listed.length > 0;
  empty.textContent = rows.size ? "Nothing fits these filters." : "Nothing is open. That is good news, or no source is connected: see below.";
  list.setAttribute("aria-label", `${listed.length} alerts`);
}

function drawRow(row, number) {
  const now = eventNow();
  const due = Date.parse(row.respond_by) - now;
  const isOver = row.state === "resolved";
  const one = element("div", { class: "row", role: "option", id: `row-${row.id}`, "aria-selected": String(row.id === selected), "aria-posinset": number + 1, "aria-setsize": listed.length });
  one.style.top = `${number * ROW_HEIGHT}px`;
  const heard = element("div", { class: "number" }, row.expected ? Math.round(row.expected).toLocaleString("en") : "–");
  heard.append(element("small", {}, "listeners"));
  const what = element("div", { class: "what" });
  const where = [sayKind(row.kind), row.channel, row.product, row.stage, row.owner && `→ ${row.owner}`].filter(Boolean).join(" · ");
  what.append(element("div", { class: "headline" }, row.headline), sub(row, where));
  const when = element("div", { class: "when" });
  when.append(element("div", {}, `${describeAge(now - Date.parse(row.opened_at))} ago`));
  if (!isOver && row.severity !== "info") {
    when.append(element("div", { class: due < 0 ? "overdue" : "" }, due < 0 ? `overdue ${describeAge(-due)}` : `due in ${describeAge(due)}`));
  }
  one.append(heard, what, when);
  one.addEventListener("click", () => openAlert(row.id, true));
  return one;
}

function sub(row, where) {
  const line = element("div", { class: "sub" });
  line.append(element("span", { class: `tag ${row.severity}` }, row.severity), ` ${where}`);
  if (row.state === "suppressed") line.append(" ", element("span", { class: "tag plain" }, "not paged"));
  return line;
}

// ---- one alert

async function openAlert(id, takesFocus) {
  selected = id;
  opened = id;
  const answer = await fetch(`/alerts/${encodeURIComponent(id)}`).catch(() => null);
  const detail = find("detail");
  if (opened !== id) return;
  if (answer?.ok) showAlert(detail, await answer.json(), eventNow(), findFamily(id), closeAlert);
  else detail.replaceChildren(element("p", {}, "This alert is not on the board any more."));
  detail.hidden = false;
  document.querySelector("main").classList.add("split");
  if (takesFocus) detail.focus({ preventScroll: true });
  drawRows();
}

/** Joined by subject, as a surge and its alerts stand in logs of their own. */
function findFamily(id) {
  const alert = rows.get(id);
  const open = (other) => openAlert(other, true);
  if (!alert?.subject) return { parent: null, similar: [], open };
  const family = [...rows.values()].filter((row) => row.subject === alert.subject && row.id !== id && row.state !== "resolved" && row.severity !== "info");
  const parent = CROWD_KINDS.has(alert.kind) ? null : (family.find((row) => CROWD_KINDS.has(row.kind)) ?? null);
  const similar = parent || CROWD_KINDS.has(alert.kind) ? family.filter((row) => !CROWD_KINDS.has(row.kind)) : [];
  similar.sort(orders.listeners);
  return { parent, similar, open };
}

function closeAlert() {
  opened = null;
  find("detail").hidden = true;
  document.querySelector("main").classList.remove("split");
  find("list").focus({ preventScroll: true });
  drawRows();
}

// ---- surges and sources

function drawSurges() {
  const now = eventNow();
  const from = now - DAY_MS;
  const crowd = [...rows.values()].filter((row) => CROWD_KINDS.has(row.kind) && (row.state !== "resolved" || Date.parse(row.at) > from));
  crowd.sort((one, other) => other.opened_at.localeCompare(one.opened_at));
  const place = find("surges");
  if (!crowd.length) return place.replaceChildren(element("p", { class: "quiet" }, "No surge."));
  place.replaceChildren(
    ...crowd.slice(0, 30).map((row) => {
      const one = element("button", { class: "surge", type: "button" });
      const isOver = row.state === "resolved";
      const about = [row.brand, row.product, row.category && sayKind(row.category)].filter(Boolean).join(", ");
      const begin = Math.max(from, Date.parse(row.opened_at));
      const end = isOver ? Date.parse(row.at) : now;
      const track = element("span", { class: "track", "aria-hidden": "true" });
      const bar = element("span", { class: isOver ? "bar" : "bar open" });
      bar.style.left = `${((begin - from) / DAY_MS) * 100}%`;
      bar.style.width = `${(Math.max(0, end - begin) / DAY_MS) * 100}%`;
      track.append(bar);
      one.append(element("span", { class: "name" }, isOver ? `${row.headline} (${about})` : row.headline), track);
      one.addEventListener("click", () => openAlert(row.id, true));
      return one;
    }),
  );
}

let before = null;
function showHealth({ now, speed, pipeline }) {
  Object.assign(clock, { event: Date.parse(now), wall: Date.now(), speed });
  const seconds = before && (Date.now() - before.wall) / 1000;
  const rate = seconds ? Math.max(0, pipeline.scored - before.scored) / seconds : null;
  before = { wall: Date.now(), scored: pipeline.scored };
  const table = element("table", {});
  const line = (name, value) => {
    const row = element("tr", {});
    row.append(element("th", { scope: "row" }, name), element("td", {}, value));
    table.append(row);
  };
  for (const [topic, lag] of Object.entries(pipeline.lags)) line(`${topic}, lag`, lag < 0.05 ? "none" : `${lag.toFixed(1)} s`);
  line("messages", rate === null ? "–" : `${rate.toFixed(rate < 10 ? 1 : 0)} / s`);
  line("set aside", pipeline.dead_lettered.toLocaleString("en"));
  line("customers known", pipeline.journeys.toLocaleString("en"));
  line("workers", pipeline.silent_workers ? `${pipeline.workers}, ${pipeline.silent_workers} silent` : String(pipeline.workers));
  find("sources").replaceChildren(table);
  draw();
}

// ---- keyboard, filters, theme

function step(by) {
  if (!listed.length) return;
  const current = listed.findIndex((row) => row.id === selected);
  const next = Math.min(listed.length - 1, Math.max(0, current < 0 ? 0 : current + by));
  selected = listed[next].id;
  const list = find("list");
  const top = next * ROW_HEIGHT;
  if (top < list.scrollTop) list.scrollTop = top;
  else if (top + ROW_HEIGHT > list.scrollTop + list.clientHeight) list.scrollTop = top + ROW_HEIGHT - list.clientHeight;
  drawRows();
  if (opened) openAlert(selected, false);
}

const keys = {
  j: () => step(1),
  ArrowDown: () => step(1),
  k: () => step(-1),
  ArrowUp: () => step(-1),
  Enter: () => selected && openAlert(selected, true),
  "/": () => find("search").focus(),
  "?": () => find("help").showModal(),
};

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || find("help").open) return;
  if (event.key === "Escape") {
    if (event.target === find("search")) find("list").focus();
    else if (opened) closeAlert();
    return;
  }
  if (/^(INPUT|SELECT|BUTTON|A)$/.test(event.target.tagName)) return;
  if (find("detail").contains(event.target) && event.key.startsWith("Arrow")) return;
  const act = keys[event.key];
  if (act) {
    event.preventDefault();
    act();
  }
});

const themes = ["system", "light", "dark"];
function setTheme(theme) {
  if (theme === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  find("theme").textContent = `Theme: ${theme}`;
  localStorage.setItem("theme", theme);
}

find("theme").addEventListener("click", () => {
  const now = localStorage.getItem("theme") ?? "system";
  setTheme(themes[(themes.indexOf(now) + 1) % themes.length]);
});
find("filters").addEventListener("submit", (event) => event.preventDefault());
for (const id of ["search", "kind", "severity", "show", "order"]) {
  find(id).addEventListener("input", () => {
    find("list").scrollTop = 0;
    draw();
  });
}
find("list").addEventListener("scroll", () => requestAnimationFrame(drawRows), { passive: true });
addEventListener("resize", draw);
for (const kind of ["detractor", "ignored_complaint", "advocate_lost", "repeat_failure", "unresolved_handoff", "former_at_risk", "prospect_lost", "recovered", "win_back", "surge", "brand_post_backlash", "stage_neglected", "source_blind"]) {
  find("kind").append(element("option", { value: kind }, sayKind(kind)));
}
setTheme(themes.find((theme) => theme === localStorage.getItem("theme")) ?? "system");
draw();
connect();
