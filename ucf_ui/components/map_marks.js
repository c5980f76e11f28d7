// Marks over a Plotly chart elsewhere on the page, and clicks on its points. Plotly sends no event outside its bundle when
// the axes move, so every frame compares them, and draws anew only if they changed.
const SVG = "http://www.w3.org/2000/svg";
const SIZE = { dot: 5, ring: 5, hoop: 6, dashes: 6, cross: 5, star: 10 };
// empty circles in the colour of text
const HOLLOW = ["hoop", "dashes"];
// more marks than this would hide each other: they are drawn smaller
const MANY = 200;
const SMALLER = 0.65;
const listening = new WeakSet();
// the present layer, which clicks on a chart go to
let shown;

export default function ({ parentElement, data, setTriggerValue }) {
    const [layer, unmount] = mountOnce(parentElement, mount);
    layer.show(data, (row) => setTriggerValue("clicked", row));
    return unmount;
}

function mount(root) {
    let data, send, frame, over, marked;
    let seen = "";

    function show(given, click) {
        [data, send, seen, shown] = [given, click, "", layer];
        legend(root.querySelector(".legend"), data.groups);
        if (frame === undefined) follow();
    }

    function follow() {
        frame = requestAnimationFrame(follow);
        const chart = document.querySelector(`.st-key-${data.chart} .js-plotly-plot`);
        const layout = chart?._fullLayout;
        const place = chart?.querySelector(".svg-container");
        if (!place || !layout?.xaxis?._length) return;
        if (over?.box.parentElement !== place) {
            over?.remove();
            over = overlay(place, (row) => send(row));
            seen = "";
        }
        if (!listening.has(chart)) {
            listening.add(chart);
            chart.on("plotly_click", (event) => {
                const row = event.points[0]?.customdata;
                if (Number.isInteger(row)) shown?.click(row);
            });
            // the marks cover the text of a point of the chart
            chart.on("plotly_hover", () => shown?.fade(true));
            chart.on("plotly_unhover", () => shown?.fade(false));
        }
        const { xaxis: x, yaxis: y } = layout;
        const now = [x.range, y.range, x._offset, y._offset, x._length, y._length].join();
        if (now === seen) return;
        seen = now;
        marked = chart;
        // for the files of the chart and its data
        chart.ucfMarks = data.groups.map(trace);
        over.draw(data.groups, x, y);
    }

    function unmount() {
        cancelAnimationFrame(frame);
        over?.remove();
        if (marked) delete marked.ucfMarks;
        if (shown === layer) shown = undefined;
    }

    const fade = (away) => over?.fade(away);
    const layer = { show, unmount, fade, click: (row) => send(row) };
    return layer;
}

function overlay(place, click) {
    const box = document.createElement("div");
    box.className = "ucf-map-marks";
    box.style.cssText = "position:absolute;inset:0;pointer-events:none;z-index:5";
    const svg = box.appendChild(document.createElementNS(SVG, "svg"));
    const label = "The chosen user, neighbours and missed neighbours on the map";
    Object.assign(svg, { role: "img", ariaLabel: label });
    svg.style.cssText = "position:absolute;inset:0;width:100%;height:100%";
    const tip = box.appendChild(document.createElement("div"));
    tip.style.cssText =
        "position:absolute;display:none;white-space:pre;font-size:13px;line-height:1.35;padding:4px 8px;" +
        "border-radius:4px;border:1px solid currentColor";
    place.appendChild(box);

    function draw(groups, x, y) {
        const page = getComputedStyle(document.querySelector("[data-testid=stApp]"));
        Object.assign(tip.style, { background: page.backgroundColor, color: page.color, display: "none" });
        svg.replaceChildren();
        const many = groups.reduce((sum, group) => sum + group.rows.length, 0) > MANY;
        for (const group of groups) {
            const part = many && group.shape !== "star" ? SMALLER : 1;
            group.rows.forEach((row, at) => {
                const [left, top] = [x.l2p(group.x[at]), y.l2p(group.y[at])];
                if (left < 0 || top < 0 || left > x._length || top > y._length) return;
                const mark = shape(group, x._offset + left, y._offset + top, page, part);
                mark.style.cssText = "pointer-events:auto;cursor:pointer";
                mark.addEventListener("click", () => click(row));
                mark.addEventListener("mouseenter", () => showTip(group.texts[at], x._offset + left, y._offset + top));
                mark.addEventListener("mouseleave", () => (tip.style.display = "none"));
                svg.appendChild(mark);
            });
        }
    }

    function showTip(text, left, top) {
        tip.textContent = text;
        tip.style.display = "block";
        // on the side where there is room
        const right = left + 14 + tip.offsetWidth > box.clientWidth;
        tip.style.left = `${Math.max(0, right ? left - 14 - tip.offsetWidth : left + 14)}px`;
        tip.style.top = `${Math.min(Math.max(0, top - 12), box.clientHeight - tip.offsetHeight)}px`;
    }

    const fade = (away) => (svg.style.opacity = away ? 0.15 : 1);
    return { box, draw, fade, remove: () => box.remove() };
}

// A mark with an edge in the colour of text, so that it is visible on cells of any colour.
function shape({ shape: kind, colour }, x, y, page, part = 1) {
    const edge = page.color;
    const r = SIZE[kind] * part;
    const round = kind === "dot" || kind === "ring" || HOLLOW.includes(kind);
    const mark = document.createElementNS(SVG, round ? "circle" : "path");
    const set = (attributes) => Object.entries(attributes).forEach(([name, value]) => mark.setAttribute(name, value));
    if (mark.tagName === "circle") {
        set({ cx: x, cy: y, r, fill: colour, stroke: edge, "stroke-width": 1.25 * part });
        if (kind === "ring") set({ fill: page.backgroundColor, stroke: colour, "stroke-width": 2.5 });
        if (HOLLOW.includes(kind)) set({ fill: "transparent", "stroke-width": 2 });
        if (kind === "dashes") set({ "stroke-dasharray": "3 2" });
    } else {
        const points = kind === "star" ? star(r) : cross(r);
        set({ d: `M${points.map(([dx, dy]) => `${x + dx},${y + dy}`).join("L")}Z`, fill: colour, stroke: edge });
        set({ "stroke-width": 2, "paint-order": "stroke", "stroke-linejoin": "round" });
    }
    return mark;
}

// A group as Plotly draws it.
function trace({ name, colour, shape: kind, x, y, texts }) {
    const open = "circle-open";
    const symbol = { dot: "circle", ring: open, hoop: open, dashes: `${open}-dot`, cross: "x", star: "star" }[kind];
    const page = getComputedStyle(document.querySelector("[data-testid=stApp]"));
    const line = { color: kind === "ring" ? colour : page.color, width: 1 };
    const marker = { color: HOLLOW.includes(kind) ? page.color : colour, symbol, size: kind === "star" ? 16 : 9, line };
    return { type: "scatter", mode: "markers", name: escaped(name), x, y, text: texts.map(escaped), marker };
}

const escaped = (text) => text.replace(/[&<>]/g, (sign) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;" })[sign]);

function star(r) {
    return Array.from({ length: 10 }, (_, i) => {
        const [angle, reach] = [(Math.PI * i) / 5, i % 2 ? 0.45 * r : r];
        return [reach * Math.sin(angle), -reach * Math.cos(angle)];
    });
}

function cross(r) {
    const [a, b] = [0.35 * r, 1.2 * r];
    const arm = [[0, -a], [b - a, -b], [b, a - b], [a, 0], [b, b - a], [b - a, b]];
    return [...arm, [0, a], [a - b, b], [-b, b - a], [-a, 0], [-b, a - b], [a - b, -b]];
}

function legend(list, groups) {
    list.replaceChildren();
    const page = getComputedStyle(document.querySelector("[data-testid=stApp]"));
    for (const group of groups) {
        const item = list.appendChild(document.createElement("li"));
        const svg = item.appendChild(document.createElementNS(SVG, "svg"));
        svg.setAttribute("aria-hidden", "true");
        svg.appendChild(shape(group, 9, 9, page));
        item.append(group.name);
    }
}
