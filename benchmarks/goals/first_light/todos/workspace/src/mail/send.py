def send(text):
    # TODO: retry when the server is busy
    print(text)
