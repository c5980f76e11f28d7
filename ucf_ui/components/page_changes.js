// Two things about going from page to page that Streamlit leaves to be wished.
let begun = false;

// What is typed into a box is sent a moment after the box is left, and as a matter of the page on which it was typed: who
// leaves it for a link to another page, as by a tap, would be brought back. So the link waits until that is sent.
const SENT_AFTER = 50; // ms
const MARGIN = 3;

export default function () {
    if (begun) return;
    begun = true;
    let left = -Infinity;
    document.addEventListener("focusout", ({ target }) => target.matches?.("input, textarea") && (left = performance.now()), true);
    document.addEventListener("click", wait, true);

    function wait(event) {
        const link = event.target.closest?.("a[href]");
        const plain = event.isTrusted && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
        const early = MARGIN * SENT_AFTER - (performance.now() - left);
        if (!link || !plain || early <= 0) return;
        event.preventDefault();
        event.stopImmediatePropagation();
        setTimeout(() => link.click(), early);
    }

    // Every setting that is changed puts an entry into the browser's history, and to go back to it changes nothing: the
    // session is newer than the address. One entry a page, so that "back" leaves the page.
    const push = history.pushState;
    history.pushState = function (state, title, url) {
        const samePage = url !== undefined && new URL(url, location.href).pathname === location.pathname;
        return (samePage ? history.replaceState : push).call(this, state, title, url);
    };
}
