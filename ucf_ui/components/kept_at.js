// What a component made for its place on the page: one for each place, however often Streamlit calls the component. A run
// that is overtaken while the script is being fetched is told to leave after the next one has come to the same place: so
// only what the last call gave back takes leave.
const keptAt = (() => {
    const kept = new WeakMap();
    return (place, make) => {
        let one = kept.get(place);
        if (!one) kept.set(place, (one = { made: make(place), turn: 0 }));
        const turn = ++one.turn;
        const leave = () => {
            if (one.turn !== turn || kept.get(place) !== one) return;
            kept.delete(place);
            one.made.leave();
        };
        return [one.made, leave];
    };
})();

