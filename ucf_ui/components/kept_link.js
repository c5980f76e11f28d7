// The link that a visitor followed, stored in this tab while they sign in at another site.
const KEY = "ucf-link";

export default function ({ data, setTriggerValue }) {
    try {
        if (data.link) sessionStorage.setItem(KEY, data.link);
        if (!data.signed_in) return;
        const link = sessionStorage.getItem(KEY);
        sessionStorage.removeItem(KEY);
        if (link && data.at_the_start) setTriggerValue("link", link);
    } catch {
        // a browser that stores nothing for this site: the visitor starts at the first page
    }
}
