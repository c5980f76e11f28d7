// Mounts a component once for each place on the page, however often Streamlit calls it. If a run is overtaken while the
// script is being fetched, its clean-up comes after the call of the next run: so only the last call's clean-up counts.
const mountOnce = (() => {
    const mounted = new WeakMap();
    return (place, mount) => {
        if (!mounted.has(place)) mounted.set(place, { made: mount(place), calls: 0 });
        const one = mounted.get(place);
        const call = ++one.calls;
        const unmount = () => {
            if (one.calls === call && mounted.delete(place)) one.made.unmount();
        };
        return [one.made, unmount];
    };
})();

