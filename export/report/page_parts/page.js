const charts = JSON.parse(document.getElementById("charts").textContent);
const axis = {labelColor: "var(--ink)", titleColor: "var(--soft)", gridColor: "var(--grid)", domainColor: "var(--soft)",
  tickColor: "var(--soft)", labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal"};
const config = {background: "transparent", font: "system-ui, sans-serif", axis, view: {stroke: null},
  legend: {labelColor: "var(--ink)", titleColor: "var(--soft)", labelFontSize: 12, labelLimit: 260}};

function fitted(part, width) {
  if (Array.isArray(part)) return part.map(one => fitted(one, width));
  if (part === null || typeof part !== "object") return part;
  const copy = {};
  for (const [key, value] of Object.entries(part))
    copy[key] = key === "data" ? value : key === "width" && value === "fit" ? width : fitted(value, width);
  return copy;
}

const drawn = new Map();
async function draw(place) {
  const {spec} = charts[Number(place.dataset.chart)];
  const whole = place.clientWidth;
  if (!whole) return;
  const several = "vconcat" in spec;
  const size = several ? {width: Math.max(whole - 110, 120)} : {width: whole};
  const one = fitted(spec, size.width);
  if (!several) one.autosize = {type: "fit-x", contains: "padding"};
  const bounds = drawn.get(place)?.bounds;
  drawn.get(place)?.view.finalize();
  const inner = document.createElement("div");  // Vega names what it draws into; the place keeps its own words
  inner.setAttribute("aria-hidden", "true");
  inner.style.display = "block";
  place.replaceChildren(inner);
  const {view} = await window.vegaEmbed(inner, one, {actions: false, renderer: "svg", config});
  drawn.set(place, {view, whole, bounds});
  place.listen?.(view);
  if (bounds) await view.signal("t0", bounds[0]).signal("t1", bounds[1]).runAsync();
}

function session(article) {
  const place = article.querySelector(".chart"), tools = article.querySelector("output");
  const least = Number(article.dataset.start), most = Number(article.dataset.end);
  let from = least, to = most;
  async function show(start, end) {
    const length = Math.min(Math.max(end - start, 0.5), most - least);
    from = Math.min(Math.max(start, least), most - length);
    to = from + length;
    tools.textContent = `${from.toFixed(1)} to ${to.toFixed(1)} s`;
    const chart = drawn.get(place);
    if (!chart) return;
    chart.bounds = [from, to];
    await chart.view.signal("t0", from).signal("t1", to).runAsync();
  }
  const moves = {
    in: () => show(from + (to - from) / 4, to - (to - from) / 4),
    out: () => show(from - (to - from) / 2, to + (to - from) / 2),
    back: () => show(from - (to - from) / 4, to - (to - from) / 4),
    on: () => show(from + (to - from) / 4, to + (to - from) / 4),
    all: () => show(least, most),
  };
  const keys = {"+": "in", "=": "in", "-": "out", ArrowLeft: "back", ArrowRight: "on", 0: "all"};
  article.querySelectorAll("[data-move]").forEach(button => {
    button.onclick = () => moves[button.dataset.move]();
  });
  article.querySelector(".time").onkeydown = event => {
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in keys)) return;
    event.preventDefault();
    moves[keys[event.key]]();
  };
  const clips = [...article.querySelectorAll(".clip")];
  for (const button of clips)
    button.onclick = () => {
      clips.forEach(other => other.setAttribute("aria-current", String(other === button)));
      const middle = (Number(button.dataset.from) + Number(button.dataset.to)) / 2;
      show(middle - 2, middle + 2);
      play(button.dataset.sound, words => { tools.textContent += `; ${words}`; });
    };
  place.listen = view => view.addEventListener("click", (event, item) => {
    const at = item?.datum?.start;
    if (at === undefined) return;
    clips.find(button => Math.abs(Number(button.dataset.from) - at) < 0.002)?.click();
  });
  if (drawn.has(place)) place.listen(drawn.get(place).view);
  tools.textContent = `${from.toFixed(1)} to ${to.toFixed(1)} s`;
}

const player = new Audio();
function play(sound, complain) {
  if (!sound) return;
  player.src = sound;
  player.play().then(() => { document.documentElement.dataset.played = String(Number(document.documentElement.dataset.played || 0) + 1); })
    .catch(() => complain("this browser does not play it"));
}

const root = document.documentElement, theme = document.getElementById("theme");
const system = matchMedia("(prefers-color-scheme: dark)");
const isDark = () => root.dataset.theme ? root.dataset.theme === "dark" : system.matches;
const tell = () => theme.setAttribute("aria-pressed", String(isDark()));
theme.onclick = () => { root.dataset.theme = isDark() ? "light" : "dark"; tell(); };
system.onchange = tell;
tell();

for (const place of document.querySelectorAll(".chart")) await draw(place);
document.querySelectorAll(".session").forEach(session);
let waiting;
addEventListener("resize", () => {
  clearTimeout(waiting);
  waiting = setTimeout(async () => {
    for (const [place, chart] of [...drawn]) if (place.clientWidth !== chart.whole) await draw(place);
  }, 150);
});
root.dataset.ready = "true";
