// @ts-check
/** Draws /openapi.json; nothing is asked of other servers. */
// @ts-ignore: the library's file declares it
globalThis.SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#docs",
  deepLinking: true,
  validatorUrl: null,
  displayRequestDuration: true,
  tryItOutEnabled: true,
});
