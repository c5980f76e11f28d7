// What comes first for somebody and who is nearest, in a few words. Streamlit draws a page again before it shows what is
// new on it: here a star that is pressed is answered by the server directly, and a moment later by the page as well.
const STARS = "[data-testid=stFeedback]";
const RATINGS = `${STARS}, [data-testid=stButtonGroup]`;
const CHOICE = "button[role=radio]"; // not the one for help
const KEY = "st-key-";
const FLOATS = 4000; // ms

export default function ({ parentElement, data }) {
    const [glance, leave] = keptAt(parentElement, mounted);
    glance.show(data);
    return leave;
}

function mounted(root) {
    const box = root.appendChild(document.createElement("div"));
    box.className = "ucf-glance";
    box.setAttribute("role", "status");
    let data; // of the last run of the page
    let presses = 0;
    let awaited = false; // a press has not been answered by the page yet
    let drawn = "{}";
    let timer;

    function show(given) {
        // Streamlit hands the same over again whenever it draws the page: what came ahead of the run stays
        if (data?.run === given.run) return;
        data = given;
        draw(data.said);
        if (awaited) surface();
        awaited = false;
    }

    function draw(said) {
        // a screen reader reads anew whatever is written here
        if (JSON.stringify(said) === drawn) return;
        drawn = JSON.stringify(said);
        const { note, films, users } = said;
        if (note) box.replaceChildren(line(note, ""));
        else if (films)
            box.replaceChildren(
                line("First for you:", films.length ? films.join("; ") : "no film is left"),
                line("Nearest users, by similarity:", users.join(", ")),
            );
        else box.replaceChildren();
    }

    // Where the place for it is off the screen, as on a phone, it floats at the foot for a while. Its place stays open.
    function surface() {
        clearTimeout(timer);
        const place = root.getBoundingClientRect();
        const seen = place.height > 0 && place.top < innerHeight && place.bottom > 0;
        const afloat = !seen && box.hasChildNodes();
        root.style.minHeight = afloat ? `${place.height}px` : "";
        box.classList.toggle("afloat", afloat);
        if (afloat) timer = setTimeout(settle, FLOATS);
    }

    function settle() {
        box.classList.remove("afloat");
        root.style.minHeight = "";
    }

    function pressed({ target }) {
        const group = target.closest?.(RATINGS);
        const place = group ? [...group.querySelectorAll(CHOICE)].indexOf(target.closest(CHOICE)) : -1;
        const key = [...(group?.closest(`[class*=${KEY}]`)?.classList ?? [])].find((name) => name.startsWith(KEY));
        if (place < 0 || !key) return;
        const [press, run] = [++presses, data.run];
        awaited = true;
        // fetch would hand over the answer in two steps, and Streamlit keeps the browser busy in between
        const asked = new XMLHttpRequest();
        asked.open("POST", data.address);
        asked.responseType = "json";
        asked.onload = () => {
            // a later press, or the page itself, is newer; without an answer the page says it all the same
            if (asked.status !== 200 || !asked.response || press !== presses || run !== data.run) return;
            draw(asked.response);
            surface();
        };
        asked.send(JSON.stringify({ token: data.token, widget: key.slice(KEY.length), place }));
    }

    // stars answer to these keys by themselves, without a click
    const keyed = (event) =>
        event.defaultPrevented && ["Enter", " "].includes(event.key) && event.target.closest?.(STARS) && pressed(event);

    // before Streamlit draws the stars anew, under the pointer
    document.addEventListener("click", pressed, true);
    document.addEventListener("keydown", keyed);
    const leave = () => {
        settle();
        clearTimeout(timer);
        document.removeEventListener("click", pressed, true);
        document.removeEventListener("keydown", keyed);
        box.remove();
    };
    return { show, leave };
}

function line(title, text) {
    const line = document.createElement("p");
    const strong = line.appendChild(document.createElement("strong"));
    strong.textContent = title;
    if (text) line.append(` ${text}.`);
    return line;
}
