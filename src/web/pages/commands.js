// @ts-check
/// <reference lib="dom" />
/** Commands that a page names: what is copied from it goes to the cluster that it shows. */

/** Those that need no cluster, or bring their own. */
const ALONE = /^streamflow (demo|evaluate|train)\b(?!.* --from-topic)/;

/** The cluster's address where it is not the one that commands go to by themselves: `<html data-cluster>`. */
function shownCluster() {
  return document.documentElement.dataset["cluster"];
}

/**
 * A command for the cluster that is shown.
 *
 * @param {string} command
 * @param {string} [cluster] its address
 */
export function commandHere(command, cluster = shownCluster()) {
  return cluster === undefined || ALONE.test(command) ? command : `${command} --bootstrap-server ${cluster}`;
}

/**
 * A text with its commands, `'streamflow …'`, for the cluster that is shown.
 *
 * @param {string} text
 */
export function withCommandsHere(text) {
  return text.replaceAll(/'(streamflow [^']+)'/g, (_, command) => `'${commandHere(command)}'`);
}
