"""How the page looks: light and dark by the reader's preference, narrow screens, visible focus."""

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
.gain { font-size: 1.15rem; }
.verdict { border-left: .4rem solid var(--bad); padding: .3rem .8rem; font-weight: 600; }
.verdict.holds { border-color: var(--good); }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0; border-bottom: 1px solid var(--line); }
td:last-child { overflow-wrap: anywhere; } th { font-weight: 600; }
figure { margin: 1rem 0; } figcaption { color: var(--faint); font-size: .9rem; }
svg { width: 100%; height: auto; } svg text { fill: var(--ink); font: 14px system-ui, sans-serif; paint-order: stroke;
  stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
svg .mark { stroke: var(--ink); fill: none; stroke-width: 1.5; }
svg .excluded { fill: var(--bad); } svg .open { fill: var(--open); } svg .reached, svg .proven { fill: var(--good); }
svg .promised { fill: var(--good); opacity: .45; }
svg .tick, svg .chosen { stroke: var(--faint); fill: none; } svg .chosen { stroke-dasharray: 4 3; }
svg .possible { fill: var(--good); opacity: .55; } svg .impossible { fill: var(--bad); opacity: .4; }
svg .unknown { fill: var(--line); opacity: .6; } svg .impossible.solid { opacity: 1; }
svg .line { fill: none; stroke-width: 1.8; stroke: var(--ink); } svg .dashed { stroke-dasharray: 7 4; }
svg .dotted { stroke-dasharray: 2 4; } svg circle.dotted { fill: var(--ink); }
svg .line.searched { stroke: var(--good); } svg circle.searched { fill: var(--good); }
svg .line.ceiling { stroke: var(--bad); } svg circle.ceiling { fill: var(--bad); }
svg .line.pca { stroke: var(--open); } svg circle.pca { fill: var(--open); }
svg .line.random { stroke: var(--faint); stroke-dasharray: 7 4; } svg circle.random { fill: var(--faint); }
svg .run { fill: var(--ink); stroke: var(--paper); stroke-width: 2; }
.key { list-style: none; padding: 0; margin: .3rem 0; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; font-size: .9rem; }
.key svg { width: 1.5rem; height: .9rem; margin-right: .4rem; vertical-align: -.1rem; }
.sliders { display: grid; grid-template-columns: auto 1fr minmax(7rem, auto); gap: .4rem .8rem; align-items: center; }
.sliders input { width: 100%; min-width: 0; height: 1.8rem; accent-color: var(--good); }
output { font-variant-numeric: tabular-nums; }
#explorer-says { min-height: 6em; }
:focus-visible { outline: 3px solid var(--open); outline-offset: 2px; }
svg .found { fill: none; stroke: var(--bad); stroke-width: 2; }
.pairs { display: flex; flex-wrap: wrap; gap: 1rem; } .pairs figure { margin: 0; }
img { image-rendering: pixelated; border: 1px solid var(--line); margin-right: .3rem; }
pre { overflow-x: auto; border: 1px solid var(--line); padding: .6rem; }
@media (max-width: 30rem) { svg text { font-size: 20px; } }
"""
