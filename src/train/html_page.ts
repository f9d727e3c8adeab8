/** Pages that need nothing else: no script, no font or style from elsewhere, light and dark by the reader's choice. */

/** Text for any place in a page, attributes included. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * The whole document.
 *
 * @param title plain text
 * @param body HTML
 * @param style CSS beside that of all pages
 */
export function htmlPage(
  { title, body, style = "" }: { readonly title: string; readonly body: string; readonly style?: string },
): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>
${STYLE}${style}
</style>
</head>
<body>
<main>
${body}
</main>
</body>
</html>
`;
}

const STYLE = `:root {
  color-scheme: light dark;
  --ground: light-dark(#ffffff, #14171a); --ink: light-dark(#1b1f23, #e6e9ec); --quiet: light-dark(#59636e, #9aa4ae);
  --line: light-dark(#d8dee4, #30363d); --panel: light-dark(#f5f7f9, #1c2126);
  --right: light-dark(#2f81c7, #3d8fd6); --wrong: light-dark(#e07b39, #d06a26);
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0 0 .5rem; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin: 2.5rem 0 .75rem; }
header p { margin: .25rem 0; overflow-wrap: anywhere; }
.kind, .note, caption, small, .figures span, dt { color: var(--quiet); }
.kind { font-size: .85rem; }
header .verdict { font-size: 1.1rem; font-weight: 600; margin: .75rem 0; }
.remark { border-left: 3px solid var(--wrong); padding-left: .6rem; }
dl { margin: 0; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(10.5rem, 1fr)); gap: .75rem; margin-top: 1.75rem; }
.figures div { background: var(--panel); border: 1px solid var(--line); border-radius: 6px; padding: .75rem .9rem; }
.figures dt { font-size: .85rem; }
.figures dd { margin: 0; }
.figures b { display: block; font-size: 1.5rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
.figures span { font-size: .8rem; display: block; line-height: 1.35; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
caption { text-align: left; font-size: .85rem; padding-bottom: .5rem; }
th, td { padding: .4rem .6rem; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { font-weight: 600; }
th[scope=row], thead th:first-child { text-align: left; }
tfoot th { font-weight: 400; }
.score { min-width: 9rem; }
.score span { display: inline-block; vertical-align: middle; }
.score .bar { width: 4.5rem; height: .6rem; margin-right: .5rem; border-radius: 2px; background: linear-gradient(to right, var(--right) var(--share), var(--line) var(--share)); }
.confusion thead th { text-align: center; }
.confusion td { text-align: center; border: 1px solid var(--line); }
.confusion .right { background: color-mix(in srgb, var(--right) calc(8% + var(--share) * .55), transparent); }
.confusion .wrong { background: color-mix(in srgb, var(--wrong) calc(8% + var(--share) * .8), transparent); }
.confusion .none, .confusion .sum { color: var(--quiet); }
.confusion small { display: block; font-size: .75rem; line-height: 1.2; }
.confusion .right small, .confusion .wrong small { color: inherit; }
.note { font-size: .85rem; }
.sources div { display: flex; gap: 1rem; padding: .2rem 0; }
.sources dt { flex: 0 0 6rem; }
.sources dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
@media print { body { font-size: 12px; } .wide { overflow: visible; } * { print-color-adjust: exact; } }`;
