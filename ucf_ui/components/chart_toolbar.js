// Buttons in the toolbar of every Plotly chart on the page, also of those drawn later: save as PNG, as SVG, and the data
// as CSV. Plotly sometimes rebuilds its toolbar, so an observer looks again after each change of the page.
const NUMBERS = { i1: Int8Array, u1: Uint8Array, i2: Int16Array, u2: Uint16Array, i4: Int32Array, u4: Uint32Array };
Object.assign(NUMBERS, { f4: Float32Array, f8: Float64Array });
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
    const chart = bar.closest(".js-plotly-plot");
    const group = document.createElement("div");
    group.className = "modebar-group ucf-save";
    for (const [label, title, act] of BUTTONS) {
        const button = document.createElement("button");
        Object.assign(button, { type: "button", className: "modebar-btn", textContent: label, title, ariaLabel: title });
        button.addEventListener("click", () => act(chart));
        group.append(button);
    }
    bar.prepend(group);
    makeRoom(chart);
    if (known.has(chart)) return;
    known.add(chart);
    new ResizeObserver(() => makeRoom(chart)).observe(chart);
    for (const event of ["pointerover", "focusin"]) chart.addEventListener(event, () => makeRoom(chart));
}

// The toolbar does not cover the chart's title: without room beside it, only our buttons and "Fullscreen" are left, and
// if that is not enough they move below it.
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

// Plotly itself is out of reach here, but its own image button is not, and takes format and name from the options.
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

// With the marks that are drawn over a chart, as on the map.
const traces = (chart) => [...chart.data, ...(chart.ucfMarks ?? [])];

function saveData(chart) {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([asCsv(chart)], { type: "text/csv" }));
    link.download = `${fileName(chart)}.csv`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function fileName(chart) {
    const words = plain(chart._fullLayout.title?.text ?? "").normalize("NFC").replace(/[^\p{L}\p{N}]+/gu, "-");
    return words.replace(/^-|-$/g, "").toLowerCase().slice(0, 80) || "chart";
}

// A row for each mark: its trace, its place, and the other values of the trace.
function asCsv(chart) {
    // a trace without opacity is only there for its axis
    const shown = traces(chart).filter((trace) => trace.visible !== false && trace.opacity !== 0);
    const tables = shown.map((trace) => (trace.type === "heatmap" ? cells(trace) : table(trace)));
    const heading = (column) => {
        if (column !== "x" && column !== "y") return column;
        const axes = shown.map((trace) => chart._fullLayout[`${column}axis${(trace[`${column}axis`] ?? column).slice(1)}`]);
        return [...new Set(axes.map((axis) => axis?.title?.text).filter(Boolean))].join(" / ") || column;
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
    const { x, y, text: Label, error_x, error_y } = trace;
    const named = { x, y, Label, Above: error_y?.array, Below: error_y?.arrayminus, Across: error_x?.array };
    const columns = {};
    for (const [name, given] of Object.entries(named)) {
        const values = decoded(given);
        if (values) columns[name] = values;
    }
    const colours = decoded(trace.marker?.color);
    if (trace.meta?.colour && colours) columns[trace.meta.colour] = colours.map((value) => meant(value, trace.meta));
    const details = (decoded(trace.customdata) ?? []).map((one) => [one].flat());
    const width = Math.max(0, ...details.map((one) => one.length));
    for (let place = 0; place < width; place++)
        columns[width > 1 ? `Detail ${place + 1}` : "Detail"] = details.map((one) => one[place]);
    return columns;
}

// The cells of a heatmap one by one, without the empty ones.
function cells(trace) {
    const [x, y, rows] = [trace.x, trace.y, trace.z].map(decoded);
    const found = rows.flatMap((row, at) => row.map((value, place) => [x[place], y[at], value]));
    const [xs, ys, values] = [0, 1, 2].map((part) => found.filter((one) => !missing(one[2])).map((one) => one[part]));
    return { x: xs, y: ys, [trace.meta?.colour ?? "Value"]: values.map((value) => meant(value, trace.meta)) };
}

// The value behind a colour number: the logarithm of a value, a place in a list of kinds, or itself.
function meant(value, about) {
    if (about?.kinds) return about.kinds[value] ?? "";
    return about?.logarithmic ? Number((10 ** value).toPrecision(6)) : value;
}

// Arrays as lists, those sent as bytes too; null for anything else.
function decoded(values) {
    if (Array.isArray(values)) return values;
    if (ArrayBuffer.isView(values)) return [...values].map(short(values));
    if (!values?.bdata || !NUMBERS[values.dtype]) return null;
    const bytes = Uint8Array.from(atob(values.bdata), (one) => one.charCodeAt(0));
    const flat = decoded(new NUMBERS[values.dtype](bytes.buffer));
    const [, width] = String(values.shape ?? "").split(",").map(Number);
    if (!width) return flat;
    return Array.from({ length: flat.length / width }, (_, row) => flat.slice(row * width, (row + 1) * width));
}

// A 32-bit number with the fewest digits that distinguish it from all others.
function short(numbers) {
    if (!(numbers instanceof Float32Array)) return (number) => number;
    return (number) => {
        const digits = [6, 7, 8].find((many) => Math.fround(Number(number.toPrecision(many))) === number);
        return digits ? Number(number.toPrecision(digits)) : number;
    };
}

const missing = (value) => value === null || value === undefined || Number.isNaN(value);

// Text as the chart shows it, without Plotly's tags for bold and the like.
function plain(text) {
    const marks = { "&lt;": "<", "&gt;": ">", "&amp;": "&" };
    return String(text).replace(/<br ?\/?>/g, " ").replace(/<[^>]*>/g, "").replace(/&(lt|gt|amp);/g, (mark) => marks[mark]);
}

// As in the CSV of tables: an apostrophe precedes a text that a spreadsheet would take for a formula.
function cell(value) {
    if (missing(value)) return "";
    if (typeof value === "number") return String(value);
    const text = plain(value);
    const safe = (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll("\r", " ");
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
