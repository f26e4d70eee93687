/** Colours are told apart by people who do not see red and green alike, too: the palette is Okabe and Ito's. */
export const pageStyle = `
:root { color-scheme: light dark; --ink: #1d1d1f; --paper: #fff; --line: #d8d8dc; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8ea; --paper: #17171a; --line: #3a3a40; } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 1180px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin-bottom: .3rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.note, .legend { color: color-mix(in srgb, var(--ink) 70%, var(--paper)); margin: .2rem 0; }
svg { width: 100%; height: auto; font: 11px system-ui, sans-serif; }
text { fill: var(--ink); } .heading { font-weight: 600; font-size: 12px; } .tick { text-anchor: middle; font-size: 10px; opacity: .7; }
.word { font-size: 10px; opacity: .75; } .grid { stroke: var(--line); } .bar { opacity: .9; } .failing { fill: none; stroke: #d55e00; stroke-width: 2; }
.region { opacity: .75; }
.region-0 { fill: #0072b2; background: #0072b2; } .region-1 { fill: #009e73; background: #009e73; } .region-2 { fill: #cc79a7; background: #cc79a7; }
.region-3 { fill: #56b4e9; background: #56b4e9; } .region-4 { fill: #f0e442; background: #f0e442; } .region-5 { fill: #999; background: #999; }
.healthy, .pass, .resolved { fill: #009e73; background: #009e73; } .degraded, .proving { fill: #e69f00; background: #e69f00; }
.unhealthy, .fail, .escalated, .refusal { fill: #d55e00; background: #d55e00; } .unknown, .inconclusive { fill: #999; background: #999; }
.fault { fill: #7a3b00; background: #7a3b00; } .running, .acting, .open { fill: #56b4e9; background: #56b4e9; }
.undo, .undo-inconclusive { fill: #e69f00; background: #e69f00; } .undo-pass { fill: #cc79a7; background: #cc79a7; } .undo-fail { fill: #000; background: #000; }
.grant { fill: #56b4e9; background: #56b4e9; } .vote { fill: #d55e00; background: #d55e00; } .vote-back { fill: #009e73; background: #009e73; }
.answers { fill: #0072b2; background: #0072b2; } .answers-back { fill: #009e73; background: #009e73; } .quorum { fill: #e69f00; background: #e69f00; } .call { fill: #888; background: #888; }
.keyed { white-space: nowrap; } .legend b { display: inline-block; min-width: 5.5rem; color: var(--ink); }
.key { display: inline-block; width: .8em; height: .8em; border-radius: 2px; margin: 0 .3em 0 .8em; }
table { border-collapse: collapse; width: 100%; font-size: 13px; } th { text-align: left; } td, th { border-top: 1px solid var(--line); padding: .25rem .5rem; vertical-align: top; }
td:nth-child(-n+3) { white-space: nowrap; }
`;
