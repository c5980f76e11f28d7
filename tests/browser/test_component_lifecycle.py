"""What a component made for its place is there once, in whatever order Streamlit calls it and tells it to leave."""

import pytest

from ucf_ui.components.source import source

# A place with a component's script, which `call` calls as Streamlit does; what comes back is how it is told to leave.
PLACE = """async ([script, markup, shadow]) => {
    document.body.innerHTML = "<div data-testid=stApp></div><div id=place></div>";
    const host = document.getElementById("place");
    const place = shadow ? host.attachShadow({ mode: "open" }) : host;
    place.innerHTML = markup;
    const made = await import(URL.createObjectURL(new Blob([script], { type: "text/javascript" })));
    window.sent = [];
    window.place = place;
    window.call = (data) =>
        made.default({
            parentElement: place,
            data,
            setStateValue: (_, value) => sent.push(value),
            setTriggerValue: (_, value) => sent.push(value),
        });
}"""
SLIDER = (
    "{ label: 'k', help: 'h', low: 1, high: 670, stops: null, value: 50, disabled: false, settles: false, stamp: null }"
)
MOVE = """(at) => {
    const input = place.querySelector("input");
    input.value = at;
    input.dispatchEvent(new Event("input"));
    return new Promise((done) => setTimeout(done, 300));
}"""
GROUPS = "[{ name: 'Missed', colour: '#cc0000', shape: 'cross', rows: [1], x: [0.5], y: [0.5], texts: ['user 2'] }]"
# A chart as far as the marks look at it.
CHART = """() => {
    const chart = document.body.appendChild(document.createElement("div"));
    chart.className = "st-key-crowd";
    chart.innerHTML = "<div class=js-plotly-plot><div class=svg-container></div></div>";
    const axis = { range: [0, 1], _offset: 0, _length: 100, l2p: (at) => 100 * at };
    Object.assign(chart.firstChild, { _fullLayout: { xaxis: axis, yaxis: axis }, on: () => {} });
}"""


@pytest.fixture
def page(new_tab):
    return new_tab("http://127.0.0.1")


def test_a_slider_sends_one_value_a_move_after_a_run_that_was_overtaken(page):
    page.evaluate(PLACE, [source("mount_once.js", "live_slider.js"), source("live_slider.html"), True])
    page.evaluate(f"() => {{ const first = call({SLIDER}); call({SLIDER}); first(); call({SLIDER}); }}")
    page.evaluate(MOVE, 60)
    assert [one["at"] for one in page.evaluate("sent")] == [60]


def test_a_slider_that_left_sends_nothing_and_one_that_came_back_sends_once(page):
    page.evaluate(PLACE, [source("mount_once.js", "live_slider.js"), source("live_slider.html"), True])
    page.evaluate(f"() => call({SLIDER})()")
    page.evaluate(MOVE, 60)
    assert page.evaluate("sent") == []
    page.evaluate(f"() => {{ call({SLIDER}); }}")
    page.evaluate(MOVE, 70)
    assert [one["at"] for one in page.evaluate("sent")] == [70]


def test_the_marks_of_the_map_stay_after_a_run_that_was_overtaken_and_go_with_the_page(page):
    page.evaluate(PLACE, [source("mount_once.js", "map_marks.js"), "<ul class=legend></ul>", True])
    page.evaluate(CHART)
    data = f"{{ chart: 'crowd', groups: {GROUPS} }}"
    page.evaluate(f"() => {{ const first = call({data}); window.leave = call({data}); first(); }}")
    marks = page.locator(".ucf-map-marks path")
    marks.wait_for(state="attached")
    assert marks.count() == 1
    page.evaluate("leave()")
    page.evaluate("() => new Promise(requestAnimationFrame)")
    assert page.locator(".ucf-map-marks").count() == 0
    assert page.evaluate("document.querySelector('.js-plotly-plot').ucfMarks") is None
