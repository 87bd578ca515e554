from apiserver import ApiServer


def test_explain(cluster: ApiServer) -> None:
    print(cluster.kubectl("explain", "botinstance.spec"))
    print(cluster.kubectl("explain", "botinstance.spec.credentials.vault"))
