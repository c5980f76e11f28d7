// A slider that answers while its handle moves. A value is sent at most every PAUSE ms, and only when the one before it
// has been answered: so no queue of stale values builds up, and no run is broken off by the next. The last value always
// goes, at once when the handle is let go.
const PAUSE = 60;
// without an answer, as after a lost connection, the next value goes all the same
const PATIENCE = 1000;

export default function ({ parentElement, data, setStateValue }) {
    const [slider, leave] = keptAt(parentElement, mounted);
    slider.show(data, setStateValue);
    return leave;
}

function mounted(root) {
    const box = root.querySelector(".slider");
    const input = box.querySelector("input");
    const mark = box.querySelector("output");
    const born = Math.random().toString(36).slice(2);
    let data, send, timer;
    let held = false; // by a pointer, or by a key that repeats
    let count = 0;
    let sent = { at: null, passing: false, stamp: null, time: -Infinity };

    const value = () => (data.stops ? data.stops[input.valueAsNumber] : input.valueAsNumber);
    const answered = () => sent.stamp === null || sent.stamp === data.stamp || performance.now() - sent.time > PATIENCE;

    // for those who wait for the page to come to rest
    const tell = () => root.host.toggleAttribute("data-waiting", timer !== undefined || !answered());

    function draw() {
        const [low, high] = [Number(input.min), Number(input.max)];
        box.style.setProperty("--part", (input.valueAsNumber - low) / (high - low));
        mark.value = String(value());
        input.setAttribute("aria-valuetext", String(value()));
    }

    function show(given, setStateValue) {
        const shown = data && value();
        data = given;
        send = (message) => setStateValue("moved", message);
        box.querySelector("label").textContent = data.label;
        box.querySelector("#help").textContent = data.help;
        // several on a page: as Streamlit names those of its own controls
        box.querySelector(".why").setAttribute("aria-label", `Help for ${data.label}`);
        box.classList.toggle("disabled", data.disabled);
        input.disabled = data.disabled;
        // what a person has in hand is newer than what the server knows
        const newer = (held || timer !== undefined || !answered()) && shown >= data.low && shown <= data.high;
        const at = newer && (!data.stops || data.stops.includes(shown)) ? shown : data.value;
        [input.min, input.max] = data.stops ? [0, data.stops.length - 1] : [data.low, data.high];
        input.value = data.stops ? data.stops.indexOf(at) : at;
        const bounds = box.querySelectorAll(".bounds span");
        [bounds[0].textContent, bounds[1].textContent] = [data.low, data.high];
        draw();
        tell();
    }

    const running = () => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "running";

    function offer() {
        clearTimeout(timer);
        timer = undefined;
        const waited = performance.now() - sent.time;
        const busy = running() || !answered();
        if (waited >= PAUSE && !busy) deliver(held && data.settles);
        else timer = setTimeout(offer, busy ? 10 : PAUSE - waited);
        tell();
    }

    function deliver(passing) {
        clearTimeout(timer);
        timer = undefined;
        const known = answered() ? data.value : sent.at;
        if (value() === known && passing === sent.passing) return;
        sent = { at: value(), passing, stamp: `${born}-${++count}`, time: performance.now() };
        send({ at: sent.at, passing, stamp: sent.stamp });
        tell();
    }

    function release() {
        if (!held) return;
        held = false;
        deliver(false);
    }

    // a listener is gone when its controller says so
    const here = new AbortController();
    const on = (event, act) => input.addEventListener(event, act, here);
    on("pointerdown", () => (held = true));
    on("keydown", (event) => (held ||= event.repeat));
    for (const over of ["pointerup", "pointercancel", "change", "keyup", "blur"]) on(over, () => setTimeout(release));
    on("input", () => {
        draw();
        offer();
    });
    explain(box.querySelector(".why"), box.querySelector("#help"), here);
    return { show, leave: () => (clearTimeout(timer), here.abort()) };
}

// the help beside its button, above all else on the page
function explain(button, help, here) {
    const open = () => {
        if (!help.matches(":popover-open")) help.showPopover();
        const [at, size] = [button.getBoundingClientRect(), help.getBoundingClientRect()];
        const above = at.top - size.height - 8;
        help.style.left = `${Math.max(8, Math.min(at.right - size.width / 2, innerWidth - size.width - 8))}px`;
        help.style.top = `${above > 8 ? above : at.bottom + 8}px`;
    };
    for (const event of ["mouseenter", "focus", "click"]) button.addEventListener(event, open, here);
    for (const event of ["mouseleave", "blur"]) button.addEventListener(event, () => help.hidePopover(), here);
    button.addEventListener("keydown", (event) => event.key === "Escape" && help.hidePopover(), here);
}
