// Streamlit draws what a popover shows at the end of the page: whoever opens one by keyboard would have to walk through
// all the rest to reach it. Here the keyboard goes into it at once, and from either end of it back to its button.
let watcher;
const entered = new WeakSet();

export default function () {
    if (watcher) return;
    watcher = new MutationObserver(() => document.querySelectorAll("[data-testid=stPopoverBody]").forEach(enter));
    watcher.observe(document.body, { childList: true, subtree: true });
}

function enter(body) {
    if (entered.has(body)) return;
    entered.add(body);
    const button = document.activeElement;
    if (!button?.matches("[data-testid=stPopoverButton]:focus-visible")) return;
    body.before(edge(button));
    body.after(edge(button));
    body.tabIndex = -1;
    // it is put in its place first: focus would scroll the page to where it is now
    requestAnimationFrame(() => body.focus({ preventScroll: true }));
}

// Something that the keyboard comes to beyond an end of the popover, and is sent back from.
function edge(button) {
    const edge = document.createElement("span");
    edge.tabIndex = 0;
    edge.setAttribute("aria-hidden", "true");
    edge.addEventListener("focus", () => button.focus());
    return edge;
}
