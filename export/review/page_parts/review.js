const by = id => document.getElementById(id);
const token = document.querySelector("meta[name=tussis-token]").content;
const STEP_S = 0.01, AROUND_S = 1.5, NEW_S = 0.4, SHORTEST_S = 0.5, LONGEST_S = 30;
const KIND = {missed: "Labelled cough that the detector missed", false: "Event without a labelled cough",
  found: "Event in a recording without labels", unsure: "Label that is not sure",
  agreed: "Labelled cough that the detector found", added: "Label that you added"};
const SHORT = {missed: "missed", false: "not labelled", found: "found", unsure: "unsure", agreed: "agreed", added: "added"};

let items = [], sessions = new Map(), seen = 0, unsaved = [];
let at = -1;                        // which item
let view = {session: "", from: 0, to: 1}, cursor = 0, picture = null;

// ---- what is asked of the server

async function ask(path, body) {
  const headers = {"X-Tussis-Token": token};
  if (body) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, {method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body)});
  } catch {
    throw new Error("tussis review does not answer: start it again; what was confirmed is kept");
  }
  if (answer.status === 409) { await load(); throw new Error((await answer.json()).problem); }
  if (!answer.ok) throw new Error((await answer.json()).problem);
  return answer;
}

let last = Promise.resolve(), waiting = 0;
function inTurn(work) {             // decisions reach the server one after the other
  waiting += 1;
  const done = last.then(work).catch(error => say(error.message, true)).finally(() => {
    waiting -= 1;
    document.documentElement.dataset.decided = String(seen);
  });
  last = done;
  return done;
}

async function change(path, body) {
  const found = await (await ask(path, {...body, seen})).json();
  seen = found.seen;
  unsaved = found.unsaved;
  if (found.items) { takeItems(found); return found; }
  if (found.item) {
    const place = items.findIndex(one => one.number === found.item.number);
    if (place >= 0) items[place] = found.item; else items.push(found.item);
    if (found.gone) items = items.filter(one => one.number !== found.item.number);
    sort();
  }
  return found;
}

function takeItems(state) {
  const number = items[at]?.number;
  items = state.items;
  sort();
  at = items.findIndex(one => one.number === number);
}

function sort() {
  const number = items[at]?.number, order = new Map([...sessions.keys()].map((name, place) => [name, place]));
  items.sort((a, b) => order.get(a.session) - order.get(b.session) || a.start_s - b.start_s || a.number - b.number);
  if (number !== undefined) at = items.findIndex(one => one.number === number);
}

async function load() {
  const state = await (await ask("/api/state")).json();
  sessions = new Map(state.sessions.map(one => [one.name, one]));
  seen = state.seen;
  unsaved = state.unsaved;
  takeItems(state);
}

// ---- what is shown

function say(words, bad = false) {
  by("status").textContent = words;
  by("status").classList.toggle("bad", bad);
}

const bounds = one => one.label ?? one;
const words = one => {
  const {start_s, end_s} = bounds(one);
  const done = one.decision ? `, ${one.decision}` : "";
  return `${start_s.toFixed(2)} to ${end_s.toFixed(2)} s, ${SHORT[one.kind]}${done}`;
};

function showCounts() {
  const decided = items.filter(one => one.decision).length;
  const tracks = unsaved.length ? `; label tracks not written yet: ${unsaved.length}` : "";
  by("counts").textContent = `${decided} of ${items.length} decided${tracks}`;
}

function showList() {
  const name = view.session, here = items.filter(one => one.session === name);
  by("session").value = name;
  by("list").replaceChildren(...here.map(one => {
    const row = document.createElement("li"), button = document.createElement("button");
    button.type = "button";
    button.textContent = `${one.decision === "accepted" ? "✓ " : one.decision ? "✗ " : "○ "}${words(one)}`;
    if (one === items[at]) button.setAttribute("aria-current", "true");
    button.onclick = () => go(items.indexOf(one));
    row.append(button);
    return row;
  }));
  by("list").querySelector("[aria-current]")?.scrollIntoView({block: "nearest"});
}

function showItem() {
  const one = items[at];
  for (const id of ["onset", "offset", "name"]) by(id).disabled = !one;
  if (!one) {
    by("what").textContent = items.length ? "No event chosen" : "Nothing to decide";
    by("about").textContent = view.session;
    return;
  }
  const {start_s, end_s} = bounds(one);
  by("what").textContent = `${at + 1} of ${items.length}: ${KIND[one.kind]}`;
  const sure = one.confidence === null ? "" : `, confidence ${one.confidence.toFixed(2)}`;
  const state = one.decision ? `; ${one.decision}` : "; not decided";
  by("about").textContent = `${one.session}, ${start_s.toFixed(2)} to ${end_s.toFixed(2)} s${sure}${state}`;
  by("onset").value = start_s.toFixed(3);
  by("offset").value = end_s.toFixed(3);
  by("name").value = one.label && one.kind !== "unsure" || one.decision ? one.label?.name ?? "cough" : "cough";
}

const share = s => `${100 * (s - view.from) / (view.to - view.from)}%`;

function outline(columns) {
  if (!columns) return "";
  const {low, high} = columns, top = Math.max(...high), bottom = Math.min(...low);
  const middle = (top + bottom) / 2, span = Math.max(top - bottom, 1e-6);
  const x = place => (800 * place / low.length).toFixed(1);
  const y = value => (50 - 92 * (value - middle) / span).toFixed(1);
  const up = high.map((value, place) => `${x(place)},${(y(value) - 0.6).toFixed(1)}`);
  const down = low.map((value, place) => `${x(place)},${y(value)}`).reverse();
  return `M${up.join("L")}L${down.join("L")}Z`;
}

function spans(id, head, found) {
  const lane = by(id);
  lane.dataset.head = head;
  lane.setAttribute("role", "img");
  lane.setAttribute("aria-label", `${head}: ${found.map(one =>
    `${one.name} ${one.start_s.toFixed(2)} to ${one.end_s.toFixed(2)} s`).join("; ") || "none"}`);
  lane.replaceChildren(...found.map(one => {
    const span = document.createElement("span");
    span.textContent = one.name;
    span.style.left = share(one.start_s);
    span.style.width = `${100 * (one.end_s - one.start_s) / (view.to - view.from)}%`;
    return span;
  }));
}

function showPicture() {
  if (!picture) return;
  by("sound").querySelector("path").setAttribute("d", outline(picture.sound));
  by("sound").hidden = !picture.sound;
  by("mel").hidden = !picture.mel;
  if (picture.mel) by("mel").querySelector("img").src = picture.mel;
  by("motion").hidden = !picture.motion;
  by("motion").querySelector("path").setAttribute("d", outline(picture.motion));
  spans("labels", "Labels", picture.labels);
  spans("events", "Events of the detector", picture.events);
  const step = [0.1, 0.2, 0.5, 1, 2, 5].find(one => (view.to - view.from) / one <= 10) ?? 5, ticks = [];
  for (let s = Math.ceil(view.from / step) * step; s < view.to; s += step) {
    const tick = document.createElement("span");
    tick.textContent = s.toFixed(step < 1 ? 1 : 0);
    tick.style.left = share(s);
    ticks.push(tick);
  }
  by("axis").replaceChildren(...ticks);
  showOverlay();
}

function showOverlay() {
  const one = items[at], marked = by("selection");
  marked.hidden = !one || one.session !== view.session;
  if (one) {
    const {start_s, end_s} = bounds(one);
    marked.style.left = share(start_s);
    marked.style.width = `${100 * (end_s - start_s) / (view.to - view.from)}%`;
    marked.classList.toggle("none", !one.label);
  }
  by("cursor").style.left = share(cursor);
}

let asked = 0;
async function look(session, from, to) {
  const most = sessions.get(session).duration_s;
  const length = Math.min(Math.max(to - from, SHORTEST_S), LONGEST_S, most);
  from = Math.min(Math.max(from, 0), most - length);
  view = {session, from, to: from + length};
  showOverlay();
  const own = ++asked, query = new URLSearchParams({session, from: view.from, to: view.to});
  try {
    const found = await (await ask(`/api/picture?${query}`)).json();
    if (own !== asked) return;       // the person has moved on
    picture = found;
    showPicture();
    document.documentElement.dataset.drawn = String(own);
  } catch (error) { say(error.message, true); }
}

function show() { showCounts(); showItem(); showList(); showOverlay(); }

async function go(place, quiet = false) {
  if (!items.length) { show(); return; }
  at = Math.min(Math.max(place, 0), items.length - 1);
  stop();
  const one = items[at], {start_s, end_s} = bounds(one);
  cursor = start_s;
  view.session = one.session;
  show();
  if (!quiet) say(`${by("what").textContent}. ${by("about").textContent}`);
  await look(one.session, start_s - AROUND_S, end_s + AROUND_S);
}

// ---- what is heard

const player = new Audio();
let playing = null;
function stop() {
  player.pause();
  playing = null;
  document.querySelector("[data-do=play]").textContent = "Play";
}

async function play(from, to) {
  if (playing) { stop(); return; }
  const loud = document.querySelector("[data-do=loud]").getAttribute("aria-pressed") === "true" ? "1" : "0";
  const query = new URLSearchParams({session: view.session, from, to, loud});
  playing = {from};
  try {
    const sound = await (await ask(`/api/sound?${query}`)).blob();
    URL.revokeObjectURL(player.src);
    player.src = URL.createObjectURL(sound);
    await player.play();
    document.querySelector("[data-do=play]").textContent = "Stop";
    document.documentElement.dataset.played = String(Number(document.documentElement.dataset.played || 0) + 1);
    follow();
  } catch (error) {
    playing = null;
    say(error.name === "AbortError" ? "" : `cannot be played: ${error.message}`, true);
  }
}

function follow() {
  if (!playing) return;
  cursor = playing.from + player.currentTime;
  by("cursor").style.left = share(cursor);
  if (player.ended) stop(); else requestAnimationFrame(follow);
}

// ---- what is decided

async function redraw(number) {
  show();
  if (number !== undefined && items[at]) await look(view.session, view.from, view.to);
}

function decide(action, start_s, end_s) {
  const one = items[at];
  if (!one) return;
  const name = by("name").value.trim() || "cough", number = one.number;
  inTurn(async () => {
    await change("/api/decide", {number, action, start_s, end_s, name});
    const now = items.find(other => other.number === number);
    say(`${now.decision}: ${words(now)}`);
    if (action === "move") { await redraw(number); return; }
    const place = items.indexOf(now);
    await go(place + 1 < items.length ? place + 1 : place, true);
  });
}

const drafts = new Map();            // bounds that the server has not confirmed, by item
let sending = false;
const standing = one => drafts.get(one.number) ?? bounds(one);
function move(onset, offset) {       // steps that come faster than the disk are one decision
  const one = items[at];
  if (!one) return;
  const now = standing(one), most = sessions.get(one.session).duration_s;
  const start_s = Math.max(Math.round((now.start_s + onset) * 1e4) / 1e4, 0);
  const end_s = Math.min(Math.round((now.end_s + offset) * 1e4) / 1e4, Math.floor(most * 1e4) / 1e4);
  if (end_s - start_s < STEP_S) return;
  drafts.set(one.number, {start_s, end_s});
  by("onset").value = start_s.toFixed(3);
  by("offset").value = end_s.toFixed(3);
  by("selection").style.left = share(start_s);
  by("selection").style.width = `${100 * (end_s - start_s) / (view.to - view.from)}%`;
  if (sending) return;
  sending = true;
  const name = by("name").value.trim() || "cough";
  inTurn(() => sendDrafts(name).finally(() => { sending = false; drafts.clear(); }));
}

async function sendDrafts(name) {
  while (drafts.size) {
    const [[number, sent]] = drafts;
    await change("/api/decide", {number, ...sent, action: "move", name});
    if (drafts.get(number) === sent) drafts.delete(number);
    if (!drafts.size) {
      say(`moved: ${words(items.find(other => other.number === number))}`);
      await redraw(number);
    }
  }
}

const typed = () => [Number(by("onset").value), Number(by("offset").value)];
const actions = {
  play: () => play(view.from, view.to),
  playEvent: () => { const one = items[at]; if (one) { const {start_s, end_s} = bounds(one); play(start_s, end_s); } },
  loud: () => {
    const button = document.querySelector("[data-do=loud]"), now = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(now));
    say(now ? "quiet sound is played louder" : "sound is played as it is");
  },
  accept: () => decide("accept", ...typed()),
  reject: () => decide("reject"),
  undo: () => inTurn(async () => {
    const found = await change("/api/undo", {});
    if (!found.item) { say("there is nothing to undo"); return; }
    const place = items.findIndex(one => one.number === found.item.number);
    await go(place >= 0 ? place : at, true);
    say(`undone: ${words(found.item)}`);
  }),
  add: () => inTurn(async () => {
    const most = sessions.get(view.session).duration_s, start_s = Math.min(Math.max(cursor, 0), most - NEW_S);
    const label = {session: view.session, start_s, end_s: start_s + NEW_S, name: "cough"};
    const found = await change("/api/add", label);
    at = items.findIndex(one => one.number === found.item.number);
    say(`added: ${words(items[at])}`);
    await redraw(found.item.number);
  }),
  save: () => inTurn(async () => {
    const found = await change("/api/save", {});
    say(found.written.length ? `written: ${found.written.join(", ")}` : "all label tracks are as decided");
    await redraw(items[at]?.number);
  }),
  previous: () => go(at - 1),
  next: () => go(at + 1),
  open: () => {
    const later = items.findIndex((one, place) => place > at && !one.decision);
    const any = later >= 0 ? later : items.findIndex(one => !one.decision);
    if (any >= 0) go(any); else say("everything is decided");
  },
  earlier: () => look(view.session, view.from - (view.to - view.from) / 2, view.to - (view.to - view.from) / 2),
  later: () => look(view.session, view.from + (view.to - view.from) / 2, view.to + (view.to - view.from) / 2),
  closer: () => look(view.session, view.from + (view.to - view.from) / 4, view.to - (view.to - view.from) / 4),
  wider: () => look(view.session, view.from - (view.to - view.from) / 2, view.to + (view.to - view.from) / 2),
};

const keys = {" ": "play", x: "playEvent", enter: "accept", a: "accept", r: "reject", delete: "reject", u: "undo",
  n: "add", s: "save", l: "loud", arrowright: "next", j: "next", arrowleft: "previous", k: "previous", f: "open",
  pageup: "earlier", pagedown: "later", "+": "closer", "=": "closer", "-": "wider"};
const moves = {q: [-1, 0], w: [1, 0], o: [0, -1], p: [0, 1]};

addEventListener("keydown", event => {
  const target = event.target, key = event.key.toLowerCase();
  if (!by("keys").checked || event.ctrlKey || event.metaKey || event.altKey) return;
  if (target.matches("input:not([type=checkbox]), select, textarea")) {
    if (key === "escape" || (key === "enter" && target.closest("#bounds"))) { event.preventDefault(); by("stage").focus(); }
    return;
  }
  if (target.matches("button, a, [type=checkbox]") && (key === " " || key === "enter")) return;
  if (key in moves) {
    event.preventDefault();
    const step = STEP_S * (event.shiftKey ? 10 : 1);
    move(...moves[key].map(one => one * step));
  } else if (key in keys) {
    event.preventDefault();
    actions[keys[key]]();
  }
});

for (const button of document.querySelectorAll("[data-do]"))
  button.onclick = event => { actions[button.dataset.do](); if (event.detail) by("stage").focus({preventScroll: true}); };
for (const id of ["onset", "offset"])
  by(id).onchange = () => {
    const one = items[at], [start_s, end_s] = typed();
    if (one) move(start_s - standing(one).start_s, end_s - standing(one).end_s);
  };
by("bounds").onsubmit = event => event.preventDefault();
by("session").onchange = event => {
  const first = items.findIndex(one => one.session === event.target.value);
  if (first >= 0) { go(first); return; }
  at = -1;
  view.session = event.target.value;
  cursor = 0;
  show();
  look(event.target.value, 0, 2 * AROUND_S + 1);
};
by("stage").onclick = event => {
  const box = by("stage").getBoundingClientRect();
  cursor = view.from + (view.to - view.from) * (event.clientX - box.left) / box.width;
  showOverlay();
};
addEventListener("beforeunload", event => { if (waiting) event.preventDefault(); });

const root = document.documentElement, theme = by("theme"), system = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
const tell = () => theme.setAttribute("aria-pressed", String(isDark()));
theme.onclick = () => { root.dataset.theme = isDark() ? "light" : "dark"; tell(); };
system.onchange = tell;
tell();

try {
  await load();
  by("session").replaceChildren(...[...sessions.keys()].map(name => new Option(name, name)));
  view.session = [...sessions.keys()][0];
  const first = items.findIndex(one => !one.decision);
  if (items.length) await go(Math.max(first, 0));
  else { show(); await look(view.session, 0, 2 * AROUND_S + 1); }
} catch (error) { say(error.message, true); }
root.dataset.ready = "true";
