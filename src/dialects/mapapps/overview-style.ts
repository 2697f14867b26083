/** How the page of all apps looks. */
export const OVERVIEW_STYLE = `
:root{color-scheme:light dark;--line:#d5d9de;--soft:#5a6470;--card:#fff;--page:#f4f6f8;--accent:#0b6bcb}
body{font:1rem/1.5 system-ui,sans-serif;max-width:74rem;margin:0 auto;padding:1.5rem 1rem 3rem;background:var(--page);color:#1b2026}
h1{font-size:1.6rem;margin:0}
a{color:var(--accent)}
.account{position:absolute;top:1.6rem;right:max(1rem,calc(50vw - 37rem));margin:0;color:var(--soft)}
form{display:flex;flex-wrap:wrap;gap:.75rem;align-items:end;margin:1rem 0}
label{flex:1 1 16rem;color:var(--soft);font-size:.875rem}
label.flag{flex:0 0 auto;padding-bottom:.45rem}
input[type=search]{display:block;width:100%;box-sizing:border-box}
input[type=search],button{font:inherit;padding:.4rem .7rem;border:1px solid var(--line);border-radius:.4rem;background:var(--card);color:inherit}
button{background:var(--accent);border-color:var(--accent);color:#fff;cursor:pointer}
.apps{list-style:none;margin:0;padding:0;display:grid;gap:1rem;grid-template-columns:repeat(auto-fill,minmax(16rem,1fr))}
.apps li{background:var(--card);border:1px solid var(--line);border-radius:.6rem;overflow:hidden;display:flex;flex-direction:column;padding-bottom:.6rem}
.apps p{margin:.2rem .9rem}
.launch{display:block;color:inherit;text-decoration:none}
.launch:hover strong,.launch:focus-visible strong{text-decoration:underline}
.launch img,.blank{display:block;width:100%;height:auto;aspect-ratio:16/9;object-fit:cover;background:#dfe7ee}
.blank{display:grid;place-items:center;font-size:3rem;color:#7a8794}
strong{display:block;margin:.7rem .9rem 0;font-size:1.05rem;overflow-wrap:anywhere}
.facts,.links{color:var(--soft);font-size:.85rem;overflow-wrap:anywhere}
.description{display:-webkit-box;-webkit-line-clamp:4;-webkit-box-orient:vertical;overflow:hidden;overflow-wrap:anywhere}
.state{display:inline-block;border-radius:1rem;padding:0 .55rem;background:#e6e9ed;color:#3c4650;font-size:.78rem}
.published{background:#d9f2e1;color:#135c2c}.deprecated{background:#fbe0dd;color:#7d1f16}
.links{margin-top:auto!important;padding-top:.4rem}.links a{margin-right:.7rem}
nav{display:flex;gap:1rem;margin-top:1.5rem}
@media(prefers-color-scheme:dark){:root{--line:#363d45;--soft:#a3adb8;--card:#1d2228;--page:#14181c;--accent:#4c9bea}
body{color:#e8ebee}.launch img,.blank{background:#2a323a}button{color:#0d1116}.state{background:#333b44;color:#d3d9df}}
`
