// One alert, whole: what happened, who, how bad, why it is thought so, and what to do by when. Text is only ever text.

export function element(name, attributes = {}, text = null) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== null) made.textContent = text;
  return made;
}

const SIMILAR_SHOWN = 5;

export const sayKind = (kind) => kind.replaceAll("_", " ");

export function describeAge(milliseconds) {
  const minutes = Math.max(0, milliseconds) / 60000;
  if (minutes < 1) return "under 1 min";
  if (minutes < 90) return `${Math.round(minutes)} min`;
  if (minutes < 48 * 60) return `${Math.round(minutes / 60)} h`;
  return `${Math.round(minutes / 1440)} days`;
}

/** `family` is what else is open with its subject: the surge above it, and the alerts below or beside it. */
export function showAlert(place, alert, now, family, close) {
  place.replaceChildren(
    drawHead(alert, close),
    element("h3", {}, alert.headline),
    drawDue(alert, now),
    ...drawWords(alert),
    ...drawAction(alert),
    ...drawFamily(family),
    ...drawCrowd(alert.crowd),
    ...drawListeners(alert.listeners),
    ...drawFacts(alert),
  );
  place.scrollTop = 0;
}

function drawHead(alert, close) {
  const head = element("header", {});
  const button = element("button", { type: "button", "aria-label": "Close the alert" }, "Close");
  button.addEventListener("click", close);
  head.append(
    element("span", { class: `tag ${alert.severity}` }, alert.severity),
    element("span", {}, sayKind(alert.kind)),
    element("span", { class: "tag plain" }, alert.state === "suppressed" ? "not paged" : alert.state),
    button,
  );
  return head;
}

function drawDue(alert, now) {
  const line = element("p", { class: "quiet" });
  if (alert.state === "resolved") {
    line.textContent = `Opened ${date(alert.opened_at)}, over ${date(alert.at)}.`;
    return line;
  }
  const left = Date.parse(alert.respond_by) - now;
  const due = left < 0 ? `Answer overdue by ${describeAge(-left)}` : `Answer within ${describeAge(left)}`;
  line.append(
    element("span", { class: left < 0 ? "overdue" : "" }, `${due} (by ${date(alert.respond_by)})`),
    `, open for ${describeAge(now - Date.parse(alert.opened_at))}.`,
  );
  return line;
}

/** Marks the spans of the excerpt; Python counts code points, JavaScript does not. */
function drawWords(alert) {
  if (!alert.excerpt) return [];
  const letters = Array.from(alert.excerpt);
  const quote = element("blockquote", {});
  let at = 0;
  const spans = [...(alert.evidence ?? [])].sort((one, other) => one.start - other.start);
  for (const span of spans) {
    if (span.start < at || span.end > letters.length) continue;
    quote.append(letters.slice(at, span.start).join(""));
    const mark = element("mark", { class: span.weight < 0 ? "against" : "for" }, letters.slice(span.start, span.end).join(""));
    mark.title = `${span.weight < 0 ? "speaks against" : "speaks for"} a complaint: ${span.weight.toFixed(2)}`;
    quote.append(mark);
    at = span.end;
  }
  quote.append(letters.slice(at).join(""));
  return [quote, ...drawLink(alert.permalink)];
}

function drawLink(address) {
  if (!/^https?:\/\//i.test(address ?? "")) return [];
  const line = element("p", {});
  line.append(element("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, "Where it was said"));
  return [line];
}

function drawAction({ action }) {
  if (!action) return [];
  const lines = [element("h4", {}, "What to do"), element("p", {}, action.advice)];
  const source = [action.owner && `for ${action.owner}`, action.runbook && `runbook ${action.runbook}`, action.advice_source && `after ${action.advice_source}`];
  lines.push(element("p", { class: "quiet" }, source.filter(Boolean).join(" · ")));
  return lines;
}

function drawFamily({ parent, similar, open }) {
  const drawn = [];
  const link = (row, text) => {
    const button = element("button", { type: "button", class: "link" }, text);
    button.addEventListener("click", () => open(row.id));
    return button;
  };
  if (parent) drawn.push(element("h4", {}, `Part of a ${sayKind(parent.kind)}`), link(parent, parent.headline));
  if (similar.length) {
    const list = element("ul", {});
    for (const row of similar.slice(0, SIMILAR_SHOWN)) {
      const item = element("li", {});
      item.append(link(row, row.headline));
      list.append(item);
    }
    drawn.push(element("h4", {}, `Customers about the same: ${similar.length.toLocaleString("en")}`), list);
  }
  return drawn;
}

function drawCrowd(crowd) {
  if (!crowd) return [];
  const facts = element("dl", { class: "facts" });
  for (const [name, value] of Object.entries(crowd)) {
    if (value === null || Array.isArray(value) || typeof value === "object") continue;
    addFact(facts, sayKind(name), typeof value === "number" ? number(value) : name === "since" ? date(value) : String(value));
  }
  const parts = [element("h4", {}, "The crowd"), facts];
  for (const [name, values] of Object.entries(crowd)) {
    if (!Array.isArray(values) || !values.length) continue;
    const list = element("ul", {});
    for (const value of values) list.append(element("li", {}, typeof value === "string" ? value : (value.phrase ?? value.text ?? JSON.stringify(value))));
    parts.push(element("h4", {}, sayKind(name)), list);
  }
  return parts;
}

function drawListeners(listeners) {
  if (!listeners) return [];
  const title = `Why ${number(listeners.expected)} listeners`;
  const bounds = `80 % between ${number(listeners.low)} and ${number(listeners.high)} if unhappy; more than 20 with ${Math.round(listeners.p_over_20 * 100)} %.`;
  const most = Math.max(...listeners.contributions.map((one) => Math.abs(one.value)), 0.01);
  const bars = element("ul", { class: "bars" });
  for (const one of listeners.contributions) {
    const line = element("li", {});
    const track = element("div", { class: "track", "aria-hidden": "true" });
    const bar = element("div", { class: one.value < 0 ? "bar down" : "bar" });
    bar.style.width = `${(Math.abs(one.value) / most) * 100}%`;
    track.append(bar);
    line.append(
      element("span", {}, sayKind(one.name)),
      track,
      element("span", { class: "factor" }, `× ${Math.exp(one.value).toFixed(2)}`),
      element("span", { class: "why" }, `${one.detail} (${one.basis})`),
    );
    bars.append(line);
  }
  return [element("h4", {}, title), element("p", { class: "quiet" }, bounds), bars];
}

function drawFacts(alert) {
  const facts = element("dl", { class: "facts" });
  const passed = alert.unit ? `${number(alert.observed)} ${alert.unit}, from ${number(alert.threshold)} on` : null;
  const rows = {
    "why now": alert.cause,
    passed,
    "it would not have fired": alert.counterfactual,
    confidence: alert.confidence === undefined ? null : `${Math.round(alert.confidence * 100)} %`,
    customer: alert.customer,
    history: alert.history,
    stage: alert.stage,
    value: alert.value === undefined ? null : String(alert.value),
    channel: [alert.channel, alert.touchpoint].filter(Boolean).join(", "),
    product: [alert.brand, alert.product].filter(Boolean).join(", "),
    about: [alert.category && sayKind(alert.category), alert.complaint_severity && sayKind(alert.complaint_severity)].filter(Boolean).join(", "),
    "the word that led to it": alert.trigger && place(alert.trigger),
    "the word that opened it": alert.origin && place(alert.origin),
    policy: alert.policy,
    id: `${alert.id}.${alert.sequence}`,
  };
  for (const [name, value] of Object.entries(rows)) if (value) addFact(facts, name, value);
  return [element("h4", {}, "All of it"), facts];
}

function addFact(facts, name, value) {
  facts.append(element("dt", {}, name), element("dd", {}, value));
}

const place = (origin) => `${origin.topic} [${origin.partition}] ${origin.offset}`;
const number = (value) => (Math.abs(value) >= 10 || Number.isInteger(value) ? Math.round(value).toLocaleString("en") : value.toFixed(2));
const date = (moment) => new Date(moment).toLocaleString("en-GB", { day: "2-digit", month: "short", hour: "2-digit", minute: "2-digit", timeZone: "UTC" }) + " UTC";
