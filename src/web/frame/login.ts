/** The login of people: a form that works without JavaScript, and a logout. */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Context } from "hono";
import { limited } from "./answer.ts";
import { type Asset, assetResponse } from "./asset.ts";
import { limitedBody } from "./body.ts";
import faviconSvg from "./favicon.svg" with { type: "text" };
import type { Gate } from "./gate.ts";
import { LOGIN_BODY, LOGINS_MAX } from "./limits.ts";
import loginCss from "./login.css" with { type: "text" };
import loginHtml from "./login.html" with { type: "text" };

const FORM: Asset = { type: "text/html; charset=utf-8", text: loginHtml };
const WRONG = loginHtml.replace("<!-- said -->", '<p class="wrong" role="alert">This is not the token.</p>');
const STYLE: Asset = { type: "text/css; charset=utf-8", text: loginCss };
const ICON: Asset = { type: "image/svg+xml", text: faviconSvg };

/** Mounts `/login`, `/logout` and what the form looks like where a token is demanded; the pages' icon anyway. */
export function mountLogin(app: OpenAPIHono, gate: Gate): void {
  app.get("/favicon.svg", (c) => assetResponse(c, ICON));
  if (!gate.isShut) return;
  app.get("/login.css", (c) => assetResponse(c, STYLE));
  app.get("/login", (c) => gate.isIn(c) ? c.redirect(wantedBy(c), 303) : assetResponse(c, FORM));
  app.post("/login", limited({ inFlightMax: LOGINS_MAX }), limitedBody(LOGIN_BODY), async (c) => {
    const { token } = await c.req.parseBody();
    if (typeof token === "string" && gate.logIn(c, token.trim())) return c.redirect(wantedBy(c), 303);
    return c.body(WRONG, 401, { "content-type": FORM.type });
  });
  app.post("/logout", (c) => {
    gate.logOut(c);
    return c.redirect("/login", 303);
  });
}

/** Where the person was going: a path of this server, nothing else. */
function wantedBy(c: Context): string {
  const here = "http://here.invalid";
  const next = c.req.query("next") ?? "/";
  if (!URL.canParse(next, here)) return "/";
  const { origin, pathname, search } = new URL(next, here);
  return origin === here && !pathname.startsWith("//") && pathname !== "/login" ? pathname + search : "/";
}
