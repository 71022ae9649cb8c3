"""The style sheet of the HTML report, light and dark, for wide and narrow screens."""

from __future__ import annotations

__all__ = ["STYLE"]

STYLE = """
:root {
  color-scheme: light dark;
  --page: #f7f6f3; --card: #ffffff; --ink: #1d1c1a; --soft: #66625b; --line: #e4e1da;
  --accent: #2f62c9; --label: #d97a1e; --good: #2c7f56; --bad: #c03d30; --idle: #b9b4aa; --wave: #57534c;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #161513; --card: #201f1c; --ink: #eeebe5; --soft: #a29d93; --line: #35332e;
    --accent: #7aa2f0; --label: #eb9a4c; --good: #5fb98a; --bad: #e8796d; --idle: #5d594f; --wave: #b3aea3;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
main { max-width: 1080px; margin: 0 auto; padding: 32px 20px 64px; }
header h1 { margin: 0 0 4px; font-size: 28px; letter-spacing: -0.01em; }
header p { max-width: 70ch; margin: 0 0 24px; color: var(--soft); }
section, .tiles > div {
  min-width: 0; background: var(--card); border: 1px solid var(--line); border-radius: 10px;
}
section { padding: 18px 20px 20px; margin: 0 0 16px; }
h2 { margin: 0 0 2px; font-size: 17px; }
section > p { margin: 0 0 14px; color: var(--soft); font-size: 14px; }
.tiles {
  display: grid; grid-template-columns: repeat(auto-fit, minmax(160px, 1fr)); gap: 12px; margin: 0 0 16px;
}
.tiles > div { padding: 14px 16px; }
.tiles strong { display: block; font-size: 25px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.tiles span { display: block; margin-top: 2px; color: var(--soft); font-size: 13px; line-height: 1.35; }
.columns { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 16px; }
.columns > div { min-width: 0; }
.wide, .scroll { overflow-x: auto; }
svg { display: block; width: 100%; height: auto; font-family: inherit; }
svg.timeline { min-width: 680px; }
svg text { fill: var(--ink); font-size: 13.5px; }
svg .tick, svg .lane { fill: var(--soft); font-size: 12px; }
svg .value { font-variant-numeric: tabular-nums; font-weight: 600; }
svg .track { fill: var(--line); }
svg .accent { fill: var(--accent); }
svg .label { fill: var(--label); }
svg .good { fill: var(--good); }
svg .bad { fill: var(--bad); }
svg .part0 { fill: #2f62c9; } svg .part1 { fill: #8fb0ee; } svg .part2 { fill: #9a948a; }
svg .part3 { fill: #d97a1e; } svg .part4 { fill: #2c7f56; } svg .part5 { fill: #8a4fb0; }
svg .idle { fill: var(--idle); }
svg .shade { fill: var(--label); opacity: 0.16; }
svg .wave { fill: var(--wave); }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .mark { stroke: var(--ink); stroke-width: 2; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th { text-align: left; font-weight: 500; color: var(--soft); }
th, td { padding: 5px 12px 5px 0; border-bottom: 1px solid var(--line); }
th + th, td + td { text-align: right; padding-right: 0; }
svg.bars + .scroll { margin-top: 12px; }
section .scroll + p { margin: 10px 0 0; }
pre {
  margin: 0; padding: 12px 14px; overflow-x: auto; background: var(--page); border-radius: 6px;
  font: 13px/1.6 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}
@media (max-width: 760px) {
  main { padding: 20px 12px 40px; }
  .columns { grid-template-columns: minmax(0, 1fr); }
  section { padding: 14px 14px 16px; }
}
"""
