// Tells the server once that its place can be seen, or that the page has been there for a while.
// What stands above it may still come and move it away: it does not look at once.
const PATIENCE = 800;
const SETTLES = 400;

export default function ({ parentElement, setTriggerValue }) {
    let told = false;
    const tell = () => {
        if (told) return;
        told = true;
        stop();
        setTriggerValue("seen", true);
    };
    const watcher = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && tell());
    const timers = [setTimeout(() => watcher.observe(parentElement), SETTLES), setTimeout(tell, PATIENCE)];
    const stop = () => {
        watcher.disconnect();
        timers.forEach(clearTimeout);
    };
    return stop;
}
