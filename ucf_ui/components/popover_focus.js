// Streamlit draws an open popover at the end of the page, where the keyboard would only reach it after all the rest. Here
// the focus goes into it at once, and from either end of it back to its button.
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
    // Streamlit places it first: focus would scroll the page to where it is now
    requestAnimationFrame(() => body.focus({ preventScroll: true }));
}

// A stop of the keyboard beyond an end of the popover, which sends the focus back to the button.
function edge(button) {
    const edge = document.createElement("span");
    edge.tabIndex = 0;
    edge.setAttribute("aria-hidden", "true");
    edge.addEventListener("focus", () => button.focus());
    return edge;
}
