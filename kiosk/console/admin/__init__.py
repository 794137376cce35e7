"""Administration: the pages of the role administrator."""

from fastapi import APIRouter

routers: tuple[APIRouter, ...] = ()
