/**
 * The script that keeps the page up to date: it fetches the page every second and replaces what changed. It keeps the
 * scroll position of the page and of each conversation; a conversation that shows its newest message stays at it. A
 * browser without scripts loads the page again every five seconds.
 */
export const refreshScript = `
const everyMs = 1000;
const scrolled = () => new Map([...document.querySelectorAll('.messages')].map((box) => [box.id, box.scrollTop]));
async function refresh() {
  try {
    const response = await fetch(location.href, { cache: 'no-store' });
    if (!response.ok) return;
    const next = new DOMParser().parseFromString(await response.text(), 'text/html');
    for (const part of ['nav', 'main']) {
      const [shown, fresh] = [document.querySelector(part), next.querySelector(part)];
      if (shown.innerHTML === fresh.innerHTML) continue;
      const [positions, top] = [scrolled(), scrollY];
      shown.replaceWith(document.adoptNode(fresh));
      for (const [id, position] of positions) {
        const box = document.getElementById(id);
        if (box && position !== 0) box.scrollTop = position;
      }
      scrollTo(scrollX, top);
    }
  } catch {
  } finally {
    setTimeout(refresh, everyMs);
  }
}
setTimeout(refresh, everyMs);`;
