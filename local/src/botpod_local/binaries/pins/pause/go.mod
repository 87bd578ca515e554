module botpod.local/pins/pause

go 1.25.0
