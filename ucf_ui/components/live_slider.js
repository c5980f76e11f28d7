// A slider that updates the page while its handle moves. A value is sent at most every PAUSE ms, and only when the one
// before it has been answered: no queue of stale values builds up, and no run interrupts another. The last value is always
// sent, at once when the handle is released.
const PAUSE = 60;
// without an answer for so long, as after a lost connection, the next value is sent anyway
const PATIENCE = 1000;

export default function ({ parentElement, data, setStateValue }) {
    const [slider, unmount] = mountOnce(parentElement, mount);
    slider.show(data, setStateValue);
    return unmount;
}

function mount(root) {
    const box = root.querySelector(".slider");
    const input = box.querySelector("input");
    const number = box.querySelector("output");
    const id = Math.random().toString(36).slice(2);
    let data, send, timer;
    let held = false; // by a pointer, or by a key that repeats
    let count = 0;
    let sent = { at: null, passing: false, stamp: null, time: -Infinity };

    const value = () => (data.stops ? data.stops[input.valueAsNumber] : input.valueAsNumber);
    const answered = () => sent.stamp === null || sent.stamp === data.stamp || performance.now() - sent.time > PATIENCE;

    // scripts and tests can wait until this attribute is gone
    const markWaiting = () => root.host.toggleAttribute("data-waiting", timer !== undefined || !answered());

    function draw() {
        const [low, high] = [Number(input.min), Number(input.max)];
        box.style.setProperty("--part", (input.valueAsNumber - low) / (high - low));
        number.value = input.ariaValueText = String(value());
    }

    function show(given, setStateValue) {
        const shown = data && value();
        data = given;
        send = (message) => setStateValue("moved", message);
        box.querySelector("label").textContent = data.label;
        box.querySelector("#help").textContent = data.help;
        box.querySelector(".why").setAttribute("aria-label", `Help for ${data.label}`);
        box.classList.toggle("disabled", data.disabled);
        input.disabled = data.disabled;
        // a value that the user is choosing is newer than the one that the server knows
        const newer = (held || timer !== undefined || !answered()) && shown >= data.low && shown <= data.high;
        const at = newer && (!data.stops || data.stops.includes(shown)) ? shown : data.value;
        [input.min, input.max] = data.stops ? [0, data.stops.length - 1] : [data.low, data.high];
        input.value = data.stops ? data.stops.indexOf(at) : at;
        box.querySelectorAll(".bounds span").forEach((bound, end) => (bound.textContent = [data.low, data.high][end]));
        draw();
        markWaiting();
    }

    const running = () => document.querySelector("[data-testid=stApp]")?.dataset.testScriptState === "running";

    function schedule() {
        clearTimeout(timer);
        timer = undefined;
        const waited = performance.now() - sent.time;
        const busy = running() || !answered();
        if (waited >= PAUSE && !busy) deliver(held && data.settles);
        else timer = setTimeout(schedule, busy ? 10 : PAUSE - waited);
        markWaiting();
    }

    function deliver(passing) {
        clearTimeout(timer);
        timer = undefined;
        const known = answered() ? data.value : sent.at;
        if (value() === known && passing === sent.passing) return;
        sent = { at: value(), passing, stamp: `${id}-${++count}`, time: performance.now() };
        send({ at: sent.at, passing, stamp: sent.stamp });
        markWaiting();
    }

    function release() {
        if (!held) return;
        held = false;
        deliver(false);
    }

    const listeners = new AbortController();
    const on = (event, act) => input.addEventListener(event, act, listeners);
    on("pointerdown", () => (held = true));
    on("keydown", (event) => (held ||= event.repeat));
    for (const over of ["pointerup", "pointercancel", "change", "keyup", "blur"]) on(over, () => setTimeout(release));
    on("input", () => {
        draw();
        schedule();
    });
    explain(box.querySelector(".why"), box.querySelector("#help"), listeners);
    return { show, unmount: () => (clearTimeout(timer), listeners.abort()) };
}

// Shows the help beside its button, above all else on the page.
function explain(button, help, listeners) {
    const open = () => {
        if (!help.matches(":popover-open")) help.showPopover();
        const [at, size] = [button.getBoundingClientRect(), help.getBoundingClientRect()];
        const above = at.top - size.height - 8;
        help.style.left = `${Math.max(8, Math.min(at.right - size.width / 2, innerWidth - size.width - 8))}px`;
        help.style.top = `${above > 8 ? above : at.bottom + 8}px`;
    };
    for (const event of ["mouseenter", "focus", "click"]) button.addEventListener(event, open, listeners);
    for (const event of ["mouseleave", "blur"]) button.addEventListener(event, () => help.hidePopover(), listeners);
    button.addEventListener("keydown", (event) => event.key === "Escape" && help.hidePopover(), listeners);
}
