"""How a handout looks: on a screen by day and by night, and on paper."""

from __future__ import annotations

STYLE = """\
:root {
  color-scheme: light dark;
  --paper: #fdfcf9; --ink: #22252b; --quiet: #5f6672; --line: #dcd8ce; --card: #f4f1e9; --accent: #8a3b12;
  --comment: #6a7280; --word: #1c5d99; --text: #2f6f3e; --name: #8a3b12;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #16181c; --ink: #e6e3dc; --quiet: #a0a6b0; --line: #353941; --card: #1f2228; --accent: #f0a36b;
    --comment: #8b929e; --word: #86bdf0; --text: #8fd19e; --name: #f0a36b;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink); line-height: 1.6;
  font-family: system-ui, "Segoe UI", Roboto, "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC",
    sans-serif;
}
main { max-width: 46rem; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0 0 .5rem; text-wrap: balance; }
h2 { font-size: 1.3rem; line-height: 1.3; margin: 0 0 .75rem; text-wrap: balance; }
h3, h4, h5, h6 { font-size: 1.05rem; margin: 1.25rem 0 .5rem; }
a { color: var(--accent); }
p, ul, ol, table, pre, blockquote, figure { margin: 0 0 1rem; }
:lang(zh) p { text-align: justify; }
blockquote { border-left: 3px solid var(--line); padding-left: 1rem; color: var(--quiet); }
table { border-collapse: collapse; }
th, td { border: 1px solid var(--line); padding: .25rem .6rem; text-align: left; }
code, pre { font-family: ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Noto Sans Mono CJK SC",
    monospace; }
code { background: var(--card); border-radius: 3px; padding: .1em .3em; font-size: .9em; }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: .75rem 1rem;
  overflow-x: auto; line-height: 1.4; }
pre code { background: none; padding: 0; font-size: .85rem; }
.course, .facts { color: var(--quiet); margin: 0 0 .35rem; font-size: .9rem; }
header { margin-bottom: 1.75rem; }
.contents { border-top: 1px solid var(--line); margin: 1.75rem 0; padding-top: 1.25rem; columns: 18rem 2; }
.contents ol { padding-left: 1.6rem; margin: 0; }
.contents li { break-inside: avoid; }
.step, .appendix { border-top: 1px solid var(--line); padding-top: 1.75rem; margin-top: 1.75rem; }
.step h2 span { color: var(--accent); margin-right: .5rem; }
.question { border-left: 3px solid var(--accent); padding: .1rem 0 .1rem 1rem; margin: 0 0 1rem; }
.question > :last-child { margin-bottom: 0; }
details { border: 1px solid var(--line); border-radius: 6px; padding: .4rem .9rem; margin: 0 0 .5rem; }
details[open] > summary { margin-bottom: .5rem; }
details > :last-child { margin-bottom: .25rem; }
summary { cursor: pointer; color: var(--quiet); }
.appendix summary { color: var(--ink); }
figure { border: 1px solid var(--line); border-radius: 6px; padding: .75rem; margin-top: 1.25rem; }
figure svg { display: block; max-width: 100%; height: auto; margin: 0 auto; }
p > svg { max-width: 100%; height: auto; vertical-align: middle; }
p > svg:only-child { display: block; margin: 0 auto; }
figcaption { color: var(--quiet); font-size: .85rem; margin-bottom: .5rem; }
.code-c, .code-c1, .code-ch { color: var(--comment); font-style: italic; }
.code-k, .code-nb { color: var(--word); }
.code-s1, .code-s2, .code-s { color: var(--text); }
.code-nv, .code-si { color: var(--name); }
@media print {
  :root { --paper: #fff; --ink: #000; --quiet: #444; --line: #bbb; --card: #f5f5f5; --accent: #000;
    --comment: #555; --word: #000; --text: #000; --name: #000; }
  main { max-width: none; padding: 0; }
  .hints { display: none; }
  .step, figure, pre, .question { break-inside: avoid; }
  h2 { break-after: avoid; }
  .appendix { break-before: page; }
  details::details-content { content-visibility: visible; display: block; }
  a { color: inherit; text-decoration: none; }
}
"""
