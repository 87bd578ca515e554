module botpod.local/probe

go 1.25.0
