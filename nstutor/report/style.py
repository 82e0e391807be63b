"""The style of the class report, in light and in dark."""

CSS = """
:root{--ink:#1d2530;--dim:#667284;--line:#dde3ea;--paper:#fff;--card:#f6f8fa;
--good:#1a7f4b;--bad:#c0392b;--odd:#9a6700;--bar:#3b82c4}
@media(prefers-color-scheme:dark){:root{--ink:#e3e8ee;--dim:#93a1b3;--line:#323c49;--paper:#14191f;--card:#1c232b;
--good:#4ac283;--bad:#f0776a;--odd:#e0b13c;--bar:#4f9be0}}
*{box-sizing:border-box}
body{margin:0;background:var(--paper);color:var(--ink);
font:15px/1.5 system-ui,"Noto Sans","Noto Sans CJK SC",sans-serif}
main{max-width:64rem;margin:0 auto;padding:2rem 1.25rem 4rem}
h1{font-size:1.75rem;margin:0}
h2{font-size:1.1rem;margin:2.25rem 0 .6rem}
p{margin:.25rem 0}
.dim{color:var(--dim)}
.numbers{display:flex;flex-wrap:wrap;gap:.75rem;margin-top:1.25rem}
.numbers div{background:var(--card);border:1px solid var(--line);border-radius:.5rem;padding:.6rem 1rem;min-width:8rem;
color:var(--dim)}
.numbers b{display:block;font-size:1.5rem;line-height:1.2;color:var(--ink)}
table{border-collapse:collapse;width:100%}
td{padding:.35rem .6rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:baseline}
.number{font-variant-numeric:tabular-nums;white-space:nowrap;text-align:right}
.steps td:first-child,.turns td:first-child{width:2.5rem;color:var(--dim)}
.steps td:nth-child(3){width:38%}
.steps .number{width:3.5rem}
.turns td:last-child{width:32%}
.bar{height:.7rem;background:var(--card);border:1px solid var(--line);border-radius:.35rem;overflow:hidden}
.bar div{height:100%;background:var(--bar)}
.looks .bar div{opacity:.45}
.chip{font-size:.8rem;border:1px solid currentColor;border-radius:1rem;padding:0 .55rem;color:var(--dim);
white-space:nowrap}
.chip.passed,.passed{color:var(--good)}
.chip.failed,.failed{color:var(--bad)}
.chip.broken{color:var(--odd)}
.not_checked{color:var(--dim)}
details{border:1px solid var(--line);border-radius:.5rem;margin:.4rem 0;overflow-wrap:anywhere}
details[open]{background:var(--card)}
summary{display:flex;gap:.8rem;align-items:baseline;padding:.45rem .8rem;cursor:pointer}
summary::before{content:"▸";color:var(--dim)}
details[open]>summary::before{content:"▾"}
summary::-webkit-details-marker{display:none}
.name{flex:1;font-weight:600}
.dots{white-space:nowrap;letter-spacing:.15em}
.dots i{font-style:normal}
summary .chip{min-width:8.5rem;text-align:center}
details>:not(summary){margin-left:1.2rem;margin-right:1.2rem}
.note{color:var(--odd);white-space:pre-wrap}
ol{list-style:none;padding:0}
ol>li{padding:.3rem 0;border-top:1px solid var(--line)}
ol>li>div:first-child{display:flex;gap:.5rem;align-items:baseline}
.right{margin-left:auto;font-variant-numeric:tabular-nums;white-space:nowrap}
.said{color:var(--bad)}
ul div{margin-left:1.2rem}
ul{list-style:none;margin:.2rem 0 .2rem 1.35rem;padding:0;font-size:.9rem}
code{font:.85em ui-monospace,"DejaVu Sans Mono",monospace}
figure{margin-top:.8rem;margin-bottom:1rem}
figure svg{display:block;max-width:100%;height:auto;background:#fff;border:1px solid var(--line);border-radius:.4rem}
@media print{details{break-inside:avoid}}
"""
