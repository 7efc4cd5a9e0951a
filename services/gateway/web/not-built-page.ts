/** Shown instead of the web app when it has not been built. */
export const notBuiltPage = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Gantry</title></head>
<body>
<h1>The web app has not been built</h1>
<p>Gantry runs, but there are no pages to show. <code>npm start</code> builds them; <code>npm start -- --no-web</code> does not.
While developing, <code>npm run dev</code> serves them on another port.</p>
<p>The API is here: <a href="/docs/">reference</a>, <a href="/api/v1/openapi.json">OpenAPI</a>.</p>
</body>
</html>
`;
