/** Style of the page: system fonts, both themes, contrast of 7:1 and more. */
export const docsStyle = `:root{color-scheme:light dark;--ground:#fff;--ink:#1b1f24;--soft:#4a525c;--line:#c9ced6;--box:#f3f5f7;--link:#0a4ea3}
@media (prefers-color-scheme:dark){:root{--ground:#14171b;--ink:#e8ebef;--soft:#b4bcc7;--line:#3c444f;--box:#1f242a;--link:#9cc8ff}}
*{box-sizing:border-box}
body{margin:0;display:grid;grid-template-columns:minmax(14rem,19rem) minmax(0,1fr);gap:0 2rem;padding:0 1.5rem 4rem;font:1rem/1.5 system-ui,sans-serif;color:var(--ink);background:var(--ground)}
header{grid-column:1/-1}
h1 small{font-weight:400;color:var(--soft)}
nav{position:sticky;top:0;align-self:start;max-height:100vh;overflow:auto;padding-bottom:1rem;font-size:.875rem}
nav h2{font-size:.875rem;margin:1rem 0 .25rem}
nav ul{list-style:none;margin:0;padding:0}
nav a{display:block;padding:.15rem 0;overflow-wrap:anywhere}
main{min-width:0;outline:none}
article{border-top:1px solid var(--line);padding:.5rem 0 1rem}
h3{font-size:1.05rem;overflow-wrap:anywhere}
a{color:var(--link)}
a:focus-visible,pre:focus-visible,.wide:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.method{display:inline-block;min-width:4.2rem;font-weight:700}
code,pre{font-family:ui-monospace,monospace;font-size:.875rem}
pre{background:var(--box);border:1px solid var(--line);border-radius:4px;padding:.75rem;overflow:auto;max-height:24rem}
.wide{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.875rem}
th,td{text-align:left;vertical-align:top;padding:.3rem .75rem .3rem 0;border-bottom:1px solid var(--line)}
.skip{position:absolute;left:-99rem}
.skip:focus{left:1rem;top:.5rem;background:var(--ground);padding:.5rem}
@media (max-width:48rem){body{display:block}nav{position:static;max-height:none}}
`
