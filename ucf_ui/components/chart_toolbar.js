// Buttons in the toolbar of every Plotly chart on the page, also of those drawn later: save as PNG, as SVG, and the
// data as CSV. Plotly rebuilds its toolbar now and then, so a watcher looks again after each change of the page.
const NUMBERS = {
    i1: Int8Array,
    u1: Uint8Array,
    i2: Int16Array,
    u2: Uint16Array,
    i4: Int32Array,
    u4: Uint32Array,
    f4: Float32Array,
    f8: Float64Array,
};
const BUTTONS = [
    ["PNG", "Save chart as PNG", (chart) => saveImage(chart, "png")],
    ["SVG", "Save chart as SVG", (chart) => saveImage(chart, "svg")],
    ["CSV", "Save the chart's data as CSV", saveData],
];
let watcher;
const known = new WeakSet();

export default function () {
    const app = document.querySelector("[data-testid=stApp]");
    if (app) document.documentElement.style.setProperty("--ucf-page", getComputedStyle(app).backgroundColor);
    if (watcher) return;
    let due = false;
    const look = () => {
        due = false;
        document.querySelectorAll(".js-plotly-plot .modebar:not(:has(> .ucf-save))").forEach(addButtons);
    };
    watcher = new MutationObserver(() => {
        if (!due) requestAnimationFrame(look);
        due = true;
    });
    watcher.observe(document.body, { childList: true, subtree: true });
    look();
}

function addButtons(bar) {
    const group = document.createElement("div");
    group.className = "modebar-group ucf-save";
    for (const [label, title, act] of BUTTONS) {
        const button = document.createElement("button");
        button.type = "button";
        button.className = "modebar-btn";
        button.textContent = label;
        button.title = title;
        button.setAttribute("aria-label", title);
        button.addEventListener("click", () => act(bar.closest(".js-plotly-plot")));
        group.append(button);
    }
    bar.prepend(group);
    const chart = bar.closest(".js-plotly-plot");
    makeRoom(chart);
    if (known.has(chart)) return;
    known.add(chart);
    new ResizeObserver(() => makeRoom(chart)).observe(chart);
    for (const event of ["pointerover", "focusin"]) chart.addEventListener(event, () => makeRoom(chart));
}

// The title of a chart stays in sight: where there is no room beside it only our buttons and that for all of the
// screen stay, and where that is not enough they stand below it.
function makeRoom(chart) {
    const [bar, title] = [chart.querySelector(".modebar"), chart.querySelector(".gtitle")];
    if (!bar) return;
    // Plotly is not done yet
    if (!title) return void setTimeout(() => makeRoom(chart), 100);
    const top = title.getBoundingClientRect().bottom - chart.getBoundingClientRect().top + 4;
    bar.style.setProperty("--ucf-below", `${Math.round(top)}px`);
    bar.classList.remove("ucf-few", "ucf-below");
    for (const name of ["ucf-few", "ucf-below"]) if (covers(bar, title)) bar.classList.add(name);
}

function covers(bar, title) {
    const [over, under] = [bar.getBoundingClientRect(), title.getBoundingClientRect()];
    return over.left < under.right + 4 && over.top < under.bottom;
}

// Plotly itself is out of reach here; its own button for images is not, and it takes format and name from the options.
// Marks that lie over a chart, as on the map, are part of its picture and of its data.
function saveImage(chart, format) {
    const own = chart._fullLayout._modeBar.buttons.flat().find((button) => button.name === "toImage");
    const [before, data] = [chart._context.toImageButtonOptions, chart.data];
    const { width, height } = chart._fullLayout;
    chart._context.toImageButtonOptions = { format, filename: fileName(chart), width, height, scale: 2 };
    chart.data = traces(chart);
    try {
        own.click(chart);
    } finally {
        chart._context.toImageButtonOptions = before;
        chart.data = data;
    }
}

const traces = (chart) => [...chart.data, ...(chart.ucfMarks ?? [])];

function saveData(chart) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([asCsv(chart)], { type: "text/csv" }));
    link.download = `${fileName(chart)}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function fileName(chart) {
    const title = plain(chart._fullLayout.title?.text ?? "");
    const words = title.normalize("NFC").replace(/[^\p{L}\p{N}]+/gu, "-");
    return words.replace(/^-|-$/g, "").toLowerCase().slice(0, 80) || "chart";
}

// One row a mark: the trace, where it stands, and what else is known of it.
function asCsv(chart) {
    // what is there for its axis alone has no opacity
    const shown = traces(chart).filter((trace) => trace.visible !== false && trace.opacity !== 0);
    const tables = shown.map((trace) => (trace.type === "heatmap" ? cells(trace) : table(trace)));
    const axis = (letter, trace) => {
        const name = `${letter}axis${(trace[`${letter}axis`] ?? letter).slice(1)}`;
        return chart._fullLayout[name]?.title?.text ?? "";
    };
    const heading = (column) => {
        if (column !== "x" && column !== "y") return column;
        const titles = new Set(shown.map((trace) => axis(column, trace)).filter(Boolean));
        return [...titles].join(" / ") || column;
    };
    const columns = [...new Set(tables.flatMap((one) => Object.keys(one)))];
    const lines = [["Series", ...columns.map(heading)]];
    shown.forEach((trace, place) => {
        const one = tables[place];
        const length = Math.max(0, ...Object.values(one).map((values) => values.length));
        for (let row = 0; row < length; row++) {
            // a gap in a line is not a mark
            if (missing(one.x?.[row]) && missing(one.y?.[row])) continue;
            lines.push([trace.name ?? "", ...columns.map((column) => one[column]?.[row])]);
        }
    });
    return lines.map((line) => line.map(cell).join(",") + "\n").join("");
}

function table(trace) {
    const named = { x: trace.x, y: trace.y, Label: trace.text };
    named["Above"] = trace.error_y?.array;
    named["Below"] = trace.error_y?.arrayminus;
    named["Across"] = trace.error_x?.array;
    const columns = {};
    for (const [name, given] of Object.entries(named)) {
        const values = decoded(given);
        if (values) columns[name] = values;
    }
    const colours = decoded(trace.marker?.color);
    if (trace.meta?.colour && colours) columns[trace.meta.colour] = colours.map((value) => meant(value, trace.meta));
    const details = decoded(trace.customdata) ?? [];
    const width = Math.max(0, ...details.map((one) => (Array.isArray(one) ? one.length : 1)));
    for (let place = 0; place < width; place++)
        columns[width > 1 ? `Detail ${place + 1}` : "Detail"] = details.map((one) => [one].flat()[place]);
    return columns;
}

// The cells of a heatmap one by one, but for the empty ones.
function cells(trace) {
    const [x, y, rows] = [trace.x, trace.y, trace.z].map(decoded);
    const name = trace.meta?.colour ?? "Value";
    const columns = { x: [], y: [], [name]: [] };
    rows.forEach((row, at) =>
        row.forEach((value, place) => {
            if (missing(value)) return;
            columns.x.push(x[place]);
            columns.y.push(y[at]);
            columns[name].push(meant(value, trace.meta));
        }),
    );
    return columns;
}

// The value behind a colour number: the logarithm of a value, a place in a list of kinds, or itself.
function meant(value, about) {
    if (about?.kinds) return about.kinds[value] ?? "";
    return about?.logarithmic ? Number((10 ** value).toPrecision(6)) : value;
}

// Arrays as lists, those that came as bytes too; null for what is no array.
function decoded(values) {
    if (Array.isArray(values)) return values;
    if (ArrayBuffer.isView(values)) return [...values].map(short(values));
    if (!values?.bdata || !NUMBERS[values.dtype]) return null;
    const bytes = Uint8Array.from(atob(values.bdata), (one) => one.charCodeAt(0));
    const numbers = new NUMBERS[values.dtype](bytes.buffer);
    const flat = [...numbers].map(short(numbers));
    const [, width] = String(values.shape ?? "").split(",").map(Number);
    if (!width) return flat;
    return Array.from({ length: flat.length / width }, (_, row) => flat.slice(row * width, (row + 1) * width));
}

// A 32-bit number in as few digits as tell it from all others.
function short(numbers) {
    if (!(numbers instanceof Float32Array)) return (number) => number;
    return (number) => {
        const digits = [6, 7, 8].find((many) => Math.fround(Number(number.toPrecision(many))) === number);
        return digits ? Number(number.toPrecision(digits)) : number;
    };
}

const missing = (value) => value === null || value === undefined || Number.isNaN(value);

// Text as it is read on the chart: without Plotly's marks for bold and the like.
function plain(text) {
    const marks = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
    return String(text).replace(/<br ?\/?>/g, " ").replace(/<[^>]*>/g, "").replace(/&(lt|gt|amp);/g, (mark) => marks[mark]);
}

// As the tables' CSV: a text that a spreadsheet would take for a formula gets an apostrophe in front.
function cell(value) {
    if (missing(value)) return "";
    if (typeof value === "number") return String(value);
    const text = plain(value);
    const safe = (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll("\r", " ");
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
