// @ts-check
/** What `./uplot.js` is to the type checker; to the browser `assets.ts` serves the library's own file by this name. */
export { default } from "uplot";
