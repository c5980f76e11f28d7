"""deploy/nginx.conf in front of the dashboard: real nginx, real browser. Needs nginx, which CI installs."""

import base64
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
import streamlit
from playwright.sync_api import expect
from reading import assert_healthy, caption, click_row, open_page, press, settle, some_of
from serving import served

NGINX = shutil.which("nginx") or next((path for path in ("/usr/sbin/nginx",) if Path(path).exists()), None)
CONFIG = Path(__file__).parents[2] / "deploy" / "nginx.conf"
PUBLIC = "films.example.org"
AROUND = """
pid {folder}/nginx.pid;
error_log {folder}/error.log;
{user}
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/site.conf;
}}
"""
WATCH = """
window.violations = [];
document.addEventListener('securitypolicyviolation', event =>
    window.violations.push([event.effectiveDirective, event.blockedURI]));
"""
PAGES = ("/", "/neighbours", "/recommendations", "/your_taste", "/tuning", "/diagnostics", "/index_inspector", "/data")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def for_a_test(config, port, upstream):
    """The file that is delivered, on a port of this machine and without a certificate; nothing else is changed."""
    for pattern, text in (
        (r"listen 443 ssl;", f"listen 127.0.0.1:{port};"),
        (r"    ssl_certificate(_key)? .*\n", ""),
        (r"server 127\.0\.0\.1:8501;", f"server {upstream};"),
        (r"server_name .*;", f"server_name {PUBLIC} 127.0.0.1;"),
    ):
        config, changed = re.subn(pattern, text, config)
        assert changed
    return config


@pytest.fixture(scope="module")
def proxied(browser, home, tmp_path_factory):
    """The address of nginx in front of a server of its own."""
    if NGINX is None:
        if os.environ.get("CI"):
            pytest.fail("nginx is missing: .ci/run must install it")
        pytest.skip("no nginx on this machine: install it to run these tests")
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    with served(home, folder / "streamlit.log", warm=True) as url:
        (folder / "site.conf").write_text(for_a_test(CONFIG.read_text(), port, url.removeprefix("http://")))
        user = "user root;" if os.getuid() == 0 else ""  # the folders of the test are its own
        (folder / "nginx.conf").write_text(AROUND.format(folder=folder, user=user))
        command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-g", "daemon off;"]
        checked = subprocess.run([*command[:-2], "-t"], capture_output=True, text=True, timeout=30)
        assert checked.returncode == 0, checked.stderr
        process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
        try:
            _wait_for_port(port, process)
            yield f"http://127.0.0.1:{port}"
        finally:
            process.send_signal(signal.SIGQUIT)
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
    assert "Traceback" not in (folder / "streamlit.log").read_text()


def _wait_for_port(port, process):
    for _ in range(100):
        assert process.poll() is None
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("nginx does not answer")


def headers(url):
    try:
        with urllib.request.urlopen(url, timeout=30) as answer:
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}
    except urllib.error.HTTPError as error:
        error.close()
        return error.code, {name.lower(): value for name, value in error.headers.items()}


@pytest.mark.parametrize("path", ["/", "/neighbours", "/_stcore/health", "/_stcore/metrics", "/static/nothing.js"])
def test_every_answer_bears_the_security_headers(path, proxied):
    _, found = headers(proxied + path)
    policy = dict(part.strip().split(" ", 1) for part in found["content-security-policy"].split(";"))
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["object-src"] == "'none'"
    assert "'unsafe-inline'" not in policy["script-src"]
    assert "'unsafe-eval'" not in policy["script-src"]
    assert not re.search(r"https?:|\*", found["content-security-policy"])
    assert found["x-content-type-options"] == "nosniff"
    assert found["x-frame-options"] == "DENY"
    assert found["referrer-policy"] == "same-origin"
    assert found["strict-transport-security"].startswith("max-age=")
    assert re.fullmatch("nginx", found["server"])


def test_the_policy_knows_the_inline_scripts_of_this_streamlit():
    index = Path(streamlit.__file__).parent / "static" / "index.html"
    scripts = re.findall(r"<script>(.*?)</script>", index.read_text(encoding="utf-8"), re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
    assert set(re.findall(r"'sha256-([^']+)'", CONFIG.read_text(encoding="utf-8"))) == set(digests)


def test_the_health_check_and_the_script_behind_it_answer(proxied):
    for path in ("/_stcore/health", "/_stcore/script-health-check"):
        with urllib.request.urlopen(proxied + path, timeout=100) as answer:
            assert (answer.status, answer.read().strip()) == (200, b"ok")


@pytest.mark.parametrize("path", some_of(PAGES, 1))
def test_a_page_loads_and_the_policy_forbids_nothing_that_it_needs(path, proxied, new_tab):
    tab = new_tab(proxied)
    tab.add_init_script(WATCH)
    sockets, console = [], []
    tab.on("websocket", lambda opened: sockets.append(opened.url))
    tab.on("console", lambda message: console.append(message.text))
    open_page(tab, path)
    settle(tab)
    expect(tab.locator("h1")).to_have_count(1)
    assert [url for url in sockets if url.endswith("/_stcore/stream")]
    assert tab.evaluate("window.violations") == []
    assert not [text for text in console if "Content Security Policy" in text]


def test_controls_tables_and_charts_work_through_the_proxy(proxied, new_tab):
    tab = new_tab(proxied)
    tab.add_init_script(WATCH)
    open_page(tab, "/neighbours?user=15&k=20")
    press(tab, "k", "ArrowLeft")
    assert caption(tab, r"HNSW found (\d+) of the (\d+) exact neighbours")[1] == "19"
    click_row(tab, "Neighbours, nearest first", 1)
    expect(tab.locator(".js-plotly-plot")).not_to_have_count(0)
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Download as CSV", exact=True).click()
    assert Path(download.value.path()).read_text(encoding="utf-8").startswith("Rank,User,")
    assert tab.evaluate("window.violations") == []
    assert_healthy(tab)


def test_an_upload_goes_through_the_proxy(proxied, new_tab):
    tab = open_page(new_tab(proxied), "/data")
    content = b"user,item,rating,title\n" + b"".join(
        b"%d,%d,%d,Film\n" % (u, i, 1 + (u + i) % 5) for u in range(40) for i in range(1500)
    )
    tab.locator("input[type=file]").set_input_files({"name": "sent.csv", "mimeType": "text/csv", "buffer": content})
    settle(tab)
    tab.get_by_role("button", name="Add this file").click()
    tab.get_by_text("is ready.").wait_for(timeout=60_000)
    assert_healthy(tab)


def handshake(url, origin):
    """The status line that a websocket handshake gets; `origin` None sends none, as no browser does."""
    host, port = url.removeprefix("http://").split(":")
    lines = [
        "GET /_stcore/stream HTTP/1.1",
        f"Host: {PUBLIC}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: " + base64.b64encode(b"0123456789abcdef").decode(),
        "Sec-WebSocket-Protocol: streamlit",
        *([f"Origin: {origin}"] if origin else []),
    ]
    with socket.create_connection((host, int(port)), timeout=60) as line:
        line.sendall("\r\n".join([*lines, "", ""]).encode())
        return line.recv(4096).split(b"\r\n")[0].decode()


def test_a_websocket_opens_for_the_public_name_and_for_no_other_origin(proxied):
    assert handshake(proxied, f"https://{PUBLIC}").startswith("HTTP/1.1 101")
    for origin in ("https://evil.example", f"https://{PUBLIC}.evil.example", "null"):
        assert handshake(proxied, origin).startswith("HTTP/1.1 403"), origin


def test_an_upload_from_another_site_is_refused(proxied):
    request = urllib.request.Request(
        proxied + "/_stcore/upload_file/no-session/no-file",
        data=b"x",
        method="PUT",
        headers={"Origin": "https://evil.example"},
    )
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request, timeout=30)
    refusal.value.close()
    assert refusal.value.code in (400, 403)


def test_a_server_listens_on_this_machine_alone(base_url):
    port = int(base_url.rsplit(":", 1)[1])
    for address, answers in (("127.0.0.1", True), ("127.0.0.2", False)):
        with socket.socket() as probe:
            probe.settimeout(5)
            assert (probe.connect_ex((address, port)) == 0) is answers


def test_the_service_unit_and_the_image_keep_to_what_is_promised():
    unit = (CONFIG.parent / "ucf-explorer.service").read_text(encoding="utf-8")
    for line in ("NoNewPrivileges=yes", "ProtectSystem=strict", "StateDirectory=ucf-explorer", "DynamicUser=yes"):
        assert f"\n{line}\n" in unit
    assert re.search(r"^MemoryMax=\d+G$", unit, re.MULTILINE)
    image = (CONFIG.parent / "Containerfile").read_text(encoding="utf-8")
    assert re.search(r"^USER \d+$", image, re.MULTILINE)
    assert "HEALTHCHECK" in image
    command = json.loads(re.search(r"^CMD (\[.*\])$", image, re.MULTILINE)[1])
    assert command[:3] == ["streamlit", "run", "app.py"]
    if shutil.which("systemd-analyze"):
        done = subprocess.run(
            ["systemd-analyze", "verify", str(CONFIG.parent / "ucf-explorer.service")], capture_output=True, text=True
        )
        complaints = [line for line in done.stderr.splitlines() if "is not executable" not in line]
        assert complaints == []
