def test_health(app):
    client = app.test_client()
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 200


def test_home(app, world, browser_for):
    for name in ("a_hr", "a_mediator", "city_city_manager"):
        response = browser_for(world.account(name)).get("/")
        assert response.status_code == 200, response.text[:3000]
    assert app.test_client().get("/").status_code == 200
    assert app.test_client().get("/nowhere").status_code == 404
