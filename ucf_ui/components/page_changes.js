// Two corrections of how Streamlit goes from page to page.
let begun = false;

// Streamlit sends what is typed a moment after the box is left, for the page on which it was typed: a click on a link to
// another page would lead back. So the link waits until that is sent.
const WAIT = 150; // ms, three times what Streamlit takes

export default function () {
    if (begun) return;
    begun = true;
    let left = -Infinity;
    document.addEventListener("focusout", ({ target }) => target.matches?.("input, textarea") && (left = performance.now()), true);
    document.addEventListener("click", wait, true);

    function wait(event) {
        const link = event.target.closest?.("a[href]");
        const plain = event.isTrusted && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
        const early = WAIT - (performance.now() - left);
        if (!link || !plain || early <= 0) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        setTimeout(() => link.click(), early);
    }

    // Every changed setting adds an entry to the browser's history, but going back to it changes nothing: the session is
    // newer than the address. One entry for each page, so that "back" leaves the page.
    const push = history.pushState;
    history.pushState = function (state, title, url) {
        const samePage = url !== undefined && new URL(url, location.href).pathname === location.pathname;
        return (samePage ? history.replaceState : push).call(this, state, title, url);
    };
}
