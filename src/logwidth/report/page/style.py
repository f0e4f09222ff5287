"""How the page looks: light and dark by the reader's preference, narrow screens, no scripts."""

STYLE = """
:root { color-scheme: light dark; --ink: #1c1c1c; --paper: #fff; --faint: #666; --line: #ccc;
  --good: #2f6db3; --bad: #b3402f; --open: #e3b34d; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8e8e8; --paper: #161616; --faint: #a5a5a5; --line: #444; --good: #6aa5e8;
    --bad: #ee8473; --open: #c79a3a; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 46rem; padding: 1rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.verdict { border-left: .4rem solid var(--bad); padding: .3rem .8rem; font-weight: 600; }
.verdict.holds { border-color: var(--good); }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid var(--line); }
td:last-child { overflow-wrap: anywhere; } th { font-weight: 600; }
figure { margin: 1rem 0; } figcaption { color: var(--faint); font-size: .9rem; }
svg { width: 100%; height: auto; } svg text { fill: var(--ink); font: 14px system-ui, sans-serif; }
svg .mark { stroke: var(--ink); fill: none; stroke-width: 1.5; }
svg .excluded { fill: var(--bad); } svg .open { fill: var(--open); } svg .reached, svg .proven { fill: var(--good); }
svg .found { fill: none; stroke: var(--bad); stroke-width: 2; }
.pairs { display: flex; flex-wrap: wrap; gap: 1rem; } .pairs figure { margin: 0; }
img { image-rendering: pixelated; border: 1px solid var(--line); margin-right: .3rem; }
pre { overflow-x: auto; border: 1px solid var(--line); padding: .6rem; }
@media (max-width: 30rem) { svg text { font-size: 20px; } }
"""
