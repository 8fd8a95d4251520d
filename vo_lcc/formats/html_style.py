"""How the page of the HTML format looks: light or dark, on wide and narrow screens."""

STYLE = """
:root { color-scheme: light dark; --ground: #fafbfc; --surface: #fff; --soft: #f2f5f8;
  --line: #dbe1e8; --ink: #1b2632; --muted: #55626f; --accent: #0b5c8f;
  --cut: #8a5a00; --failed: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0d1218; --surface: #131a22; --soft: #1a232d; --line: #2a3541;
    --ink: #e3e9ef; --muted: #9dabb8; --accent: #7cc0ee; --cut: #f0c060;
    --failed: #ff8a80; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink);
  font: 15px/1.5 system-ui, sans-serif; }
main { padding: clamp(.8rem, 3vw, 2.4rem); }
h1 { font-size: clamp(1.3rem, 4vw, 1.8rem); line-height: 1.25; margin: 0 0 .6rem; }
h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; }
h1, h2, dd, .about { overflow-wrap: anywhere; }
a { color: var(--accent); }
.about { color: var(--muted); max-width: 48rem; margin: 0 0 .8rem;
  white-space: pre-line; }
details { margin: 0 0 .8rem; }
summary { cursor: pointer; color: var(--muted); }
dl { display: grid; grid-template-columns: minmax(6rem, max-content) 1fr;
  gap: .15rem 1.2rem; margin: .5rem 0; }
dt { color: var(--muted); overflow-wrap: anywhere; }
dd { margin: 0; white-space: pre-wrap; }
small { display: block; color: var(--muted); }
small:empty { display: none; }
.scroll { overflow: auto; max-height: 85vh; background: var(--surface);
  border: 1px solid var(--line); border-radius: 10px; }
table { border-collapse: separate; border-spacing: 0; width: max-content;
  min-width: 100%; }
th, td { padding: .35rem .8rem; text-align: left; vertical-align: top;
  border-bottom: 1px solid var(--line); }
td { max-width: 32rem; overflow-wrap: break-word; white-space: pre-wrap;
  font-variant-numeric: tabular-nums; }
td:empty { background: repeating-linear-gradient(135deg,
  transparent 0 5px, var(--soft) 5px 7px); }
thead th { position: sticky; top: 0; background: var(--soft); font-weight: 400;
  white-space: normal; }
th span { display: block; }
.number { text-align: right; }
.number span { margin-inline-start: auto; }
.name { font-weight: 600; white-space: nowrap; }
.unit { color: var(--accent); white-space: nowrap; }
.ucd, .said { font-size: .8rem; color: var(--muted); max-width: 16rem; }
tbody tr:hover td { background: var(--soft); }
.count { color: var(--muted); margin: .5rem 0 0; }
.status { border: 1px solid; border-inline-start-width: 6px; border-radius: 6px;
  padding: .7rem 1rem; margin: 1.5rem 0 0; max-width: 48rem; overflow-wrap: anywhere; }
.cut { color: var(--cut); }
.failed { color: var(--failed); font-weight: 600; }
@media (max-width: 40rem) {
  dl { grid-template-columns: 1fr; } dd { margin-bottom: .4rem; }
  th, td { padding: .3rem .5rem; } td { max-width: 16rem; }
  .scroll { max-height: none; }
  .said { display: none; }
}
@media print { .scroll { overflow: visible; max-height: none; } }
"""
