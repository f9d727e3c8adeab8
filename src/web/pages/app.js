// @ts-check
/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
/** Shows the page that the path names. */
const page = document.getElementById("page");
if (page !== null) page.dataset["path"] = location.pathname;
