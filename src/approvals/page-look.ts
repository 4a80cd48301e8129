// How the approval page looks, and the one script it runs: a countdown. Both stand in the page and are allowed by their digests.
import { createHash } from 'node:crypto';

export const css = `
:root{color-scheme:light dark;--ground:#f4f5f7;--card:#fff;--line:#dfe3e8;--ink:#16191d;--soft:#59636e;--well:#f6f8fa;
--yes:#1a7f37;--yes-ink:#fff;--yes-over:#166a2e;--no:#b42318;--focus:#0b66d8;--link:#0a58bb;--warn:#fff4d6;--warn-line:#d9a400;--warn-ink:#5c4200;
--out:#fdecea;--in:#e4f6e8;--out-part:#f9c9c4;--in-part:#b5e3c1;--tag:#e8edf3;--live:#fde7e4;--live-ink:#9a1c10}
@media(prefers-color-scheme:dark){:root{--ground:#0e1116;--card:#171b21;--line:#2d343d;--ink:#e8ebef;--soft:#9aa5b1;--well:#10141a;
--yes:#2ea04f;--yes-ink:#04120a;--yes-over:#3fbf63;--no:#ff8b80;--focus:#6cb0ff;--link:#6cb0ff;--warn:#2e2508;--warn-line:#a67c00;--warn-ink:#f5d98a;
--out:#3a1a1a;--in:#12301d;--out-part:#6b2a28;--in-part:#1f5a35;--tag:#262d36;--live:#401c18;--live-ink:#ffb4aa}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans",sans-serif}
main{max-width:46rem;margin:0 auto;padding:2rem 1rem 3rem}
header{display:flex;flex-wrap:wrap;gap:.5rem 1rem;justify-content:space-between;align-items:center;margin:0 .25rem .75rem;color:var(--soft);font-size:.875rem}
header b{color:var(--ink)}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px;overflow:hidden;box-shadow:0 1px 2px #0000000d,0 8px 24px #0000000d}
.head,section,form{padding:1.25rem 1.5rem}
section,form,details{border-top:1px solid var(--line)}
h1{font-size:1.375rem;line-height:1.3;margin:.125rem 0 0;overflow-wrap:anywhere}
h2{font-size:.8125rem;font-weight:600;color:var(--soft);margin:0 0 .5rem}
p{margin:.25rem 0;overflow-wrap:anywhere}
.soft{color:var(--soft);font-size:.875rem}
.tag{display:inline-block;padding:.0625rem .5rem;border-radius:99px;background:var(--tag);font-size:.75rem;font-weight:600;margin-left:.375rem;vertical-align:1px}
.production{background:var(--live);color:var(--live-ink)}
.warn{background:var(--warn);color:var(--warn-ink);border-top:1px solid var(--warn-line);border-left:5px solid var(--warn-line)}
dl{display:grid;grid-template-columns:7.5rem 1fr;gap:.625rem 1rem;margin:0}
dt{color:var(--soft)}
dd{margin:0;overflow-wrap:anywhere}
dd small,td small{display:block;color:var(--soft);font-size:.8125rem}
code,pre,kbd{font:.8125rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace}
pre{margin:.5rem 0 0;padding:.75rem;background:var(--well);border:1px solid var(--line);border-radius:8px;max-height:20rem;overflow:auto;white-space:pre-wrap;overflow-wrap:anywhere}
table{border-collapse:collapse;width:100%;font-size:.875rem}
th{text-align:left;font-weight:600;color:var(--soft)}
th,td{padding:.375rem .75rem .375rem 0;vertical-align:top;border-bottom:1px solid var(--line);overflow-wrap:anywhere}
tr:last-child>*{border-bottom:0}
td:last-child,th:last-child{padding-right:0}
.num{text-align:right;white-space:nowrap}
ins,del{display:inline-block;text-decoration:none;padding:0 .375rem;border-radius:4px}
del{background:var(--out)}ins{background:var(--in)}
#diff{table-layout:fixed}#diff th:first-child{width:24%}
del b,ins b{font-weight:inherit;border-radius:3px;background:var(--out-part)}ins b{background:var(--in-part)}
details{padding:.75rem 1.5rem}
summary{cursor:pointer;font-size:.875rem;color:var(--soft);border-radius:4px}
details[open] summary{margin-bottom:.75rem}
form{background:var(--well)}
label{display:block;margin:0 0 .375rem}
kbd{display:inline-block;padding:.125rem .5rem;border:1px solid var(--line);border-radius:6px;background:var(--card);font-size:1rem;font-weight:600;user-select:none}
input{width:100%;max-width:22rem;font:inherit;padding:.5rem .75rem;border:1px solid var(--soft);border-radius:8px;background:var(--card);color:var(--ink);margin-bottom:1rem}
.wrong{color:var(--no);font-weight:600;margin:0 0 .5rem}
.row{display:flex;flex-wrap:wrap;gap:.75rem;align-items:center}
button{font:inherit;font-weight:600;padding:.5625rem 1.5rem;border-radius:8px;border:1px solid var(--line);background:var(--card);color:var(--no);cursor:pointer}
button.yes{background:var(--yes);border-color:var(--yes);color:var(--yes-ink)}
button.yes:hover{background:var(--yes-over)}
.clock{margin-left:auto;color:var(--soft);font-size:.875rem;text-align:right}
.clock b{color:var(--ink);font-variant-numeric:tabular-nums}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px}
h2.what{font-size:1.0625rem;color:var(--ink);margin:.125rem 0 0;overflow-wrap:anywhere}
.state{border-left:5px solid var(--soft);background:var(--well);border-bottom:1px solid var(--line)}
.approved{border-left-color:var(--yes);background:var(--in)}.rejected{border-left-color:var(--no);background:var(--out)}.expired{border-left-color:var(--warn-line);background:var(--warn)}
.list{list-style:none;margin:0;padding:0}
.list li{padding:1.25rem 1.5rem;border-top:1px solid var(--line)}
.list p{margin:.125rem 0}
a{color:var(--link)}.list a{font-weight:600;overflow-wrap:anywhere}
header form{display:flex;gap:.75rem;align-items:center;padding:0;border:0;background:none}
header button{padding:.25rem .75rem;font-size:.8125rem;color:inherit}
@media(max-width:34rem){main{padding:1rem .5rem}header span+span{display:none}.list li{padding-left:1rem;padding-right:1rem}.head,section,form,details{padding-left:1rem;padding-right:1rem}dl{grid-template-columns:1fr;gap:0}dd{margin-bottom:.625rem}button{flex:1}.clock{margin:0;width:100%;text-align:left}
#diff th:first-child{width:auto}#diff thead{display:none}#diff th,#diff td{display:block;padding:.125rem 0;border:0}#diff td:last-child{padding-bottom:.5rem}
#diff td+td::before{content:"then "}#diff th+td::before{content:"now "}#diff td::before{color:var(--soft)}}
`.trim();

/** Without it the page works all the same; it says then until when it can be answered. */
export const js = `
(()=>{const left=document.getElementById('left');if(!left)return;
const end=Date.now()+Number(left.dataset.ms);
const at=document.getElementById('at');if(at)at.textContent='at '+new Date(Number(at.dataset.at)).toLocaleTimeString();
const tick=()=>{const s=Math.max(0,Math.ceil((end-Date.now())/1000));
left.textContent=Math.floor(s/60)+':'+String(s%60).padStart(2,'0');
if(s>0)setTimeout(tick,250);else setTimeout(()=>location.replace(location.pathname.replace(/\\/answer$/,'')),500)};tick()})()
`.trim();

/** What the file that carries the secret does by itself where scripts run; elsewhere its button does it. */
export const submit = 'document.forms[0].submit()';

export const allowed = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
