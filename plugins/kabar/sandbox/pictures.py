"""The office's own web server, as far as it shows the pictures of posts: platforms fetch them from there."""

from __future__ import annotations

from pathlib import Path

from aiohttp import web

PICTURES_PATH = "/gambar"
#: A picture never changes under its name.
FOREVER = "public, max-age=31536000, immutable"


class OfficePictures:
    """Shows a folder of `<sha256>.jpg`; what else lies there stays unseen."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def routes(self) -> list[web.RouteDef]:
        """The one address."""
        return [web.get(PICTURES_PATH + r"/{name:[0-9a-f]{64}\.jpg}", self.show)]

    async def show(self, request: web.Request) -> web.StreamResponse:
        """One picture, or 404."""
        file = self.folder / request.match_info["name"]
        if not file.is_file():
            raise web.HTTPNotFound(text="There is no such picture.")
        return web.FileResponse(file, headers={"Content-Type": "image/jpeg", "Cache-Control": FOREVER})
