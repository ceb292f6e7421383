# SPDX-License-Identifier: GPL-3.0-or-later
"""Live matting in a window. Newest frame wins everywhere, so the window never lags behind the camera:

    capture.py ──► matting.py ──► session.py ◄──► window.py      ──► is a `Latest`
    camera.py      engine.py          painting.py     keys.py
                   rate.py            views.py
                        └───────► recorder.py

Capture, network and recording each have a thread; session and window share the main one. Only window.py knows pygame.
"""
