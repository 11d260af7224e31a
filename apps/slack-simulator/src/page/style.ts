/**
 * The style of the page, similar to Slack. A conversation's messages are in a reversed column, which browsers show from
 * its end, so that the newest message is visible without a script.
 */
export const style = `
body{margin:0;font:15px/1.45 Lato,system-ui,sans-serif;color:#1d1c1d;display:grid;grid-template-columns:16rem minmax(0,1fr);min-height:100vh}
nav{background:#3f0e40;color:#cfc3cf;padding:1rem;overflow-wrap:anywhere}nav a{color:inherit;text-decoration:none}nav a:hover{text-decoration:underline}
nav h2{font-size:1rem;color:#fff;margin:1rem 0 0}nav h3{font-size:.8rem;margin:.6rem 0 .2rem}nav ul{list-style:none;margin:0;padding:0}
main{padding:1rem 1.5rem;min-width:0;overflow-wrap:anywhere}
.messages{display:flex;flex-direction:column-reverse;max-height:75vh;overflow-y:auto}.messages>div{min-width:0}
.item{padding-left:1.2em;text-indent:-1.2em}.small{font-size:.8rem;color:#616061}nav .small{color:inherit}
.conversation{border:1px solid #ddd;border-radius:8px;margin-bottom:1rem;padding:0 1rem 1rem}.conversation>h2{font-size:1.05rem}
article{display:flex;gap:.6rem;padding:.35rem 0}article.reply{margin-left:2.5rem}article>div:last-child{min-width:0;flex:1}
.avatar{width:36px;height:36px;border-radius:6px;background:#4a154b;color:#fff;display:grid;place-items:center;flex:none}
.badge{background:#e8e8e8;font-size:.65rem;padding:0 .25rem;border-radius:2px}.mention{background:#fdf2d5;color:#1264a3}
.content p{margin:.2rem 0}.content h3{margin:.3rem 0;font-size:1.1rem}.section{display:flex;justify-content:space-between;gap:1rem}
.fields{display:grid;grid-template-columns:1fr 1fr;gap:.3rem 1rem}.context{font-size:.8rem;color:#616061}.context img{height:20px;vertical-align:middle}
.actions{margin:.4rem 0}.button{display:inline-block;border:1px solid #bbb;border-radius:4px;padding:.2rem .7rem;font-weight:700;color:#1d1c1d;text-decoration:none;margin:.1rem}
.primary{background:#007a5a;border-color:#007a5a;color:#fff}.danger{border-color:#e01e5a;color:#e01e5a}
blockquote{border-left:4px solid #ddd;margin:.2rem 0;padding-left:.7rem}pre,code{background:#f6f6f6;border:1px solid #ddd;border-radius:3px;padding:0 .2rem}pre{padding:.5rem;white-space:pre-wrap}
code{color:#e01e5a}.reaction{background:#efefef;border-radius:1rem;padding:0 .5rem;font-size:.85rem}img{max-width:360px;max-height:240px}.file{border:1px solid #ddd;border-radius:8px;padding:.5rem;margin:.3rem 0;max-width:24rem}`;
