// Probe is what the cluster's tests run in a pod: it does one small thing for each argument pair, prints
// what came of it, and then sleeps, or serves.
//
//	get URL        print the body
//	lookup NAME    print the addresses
//	write FILE     write a line
//	list DIR       print the names in it
//	serve ADDRESS  answer every request with "hello from the pod", for ever
//	burn SECONDS   keep one processor busy
package main

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"
)

func main() {
	http.DefaultClient.Timeout = 5 * time.Second
	for i := 1; i+1 < len(os.Args); i += 2 {
		said, err := do(os.Args[i], os.Args[i+1])
		if err != nil {
			said = "error: " + err.Error()
		}
		fmt.Printf("%s %s: %s\n", os.Args[i], os.Args[i+1], strings.TrimSpace(said))
	}
	time.Sleep(time.Hour)
}

func do(what, with string) (string, error) {
	switch what {
	case "get":
		answer, err := http.Get(with)
		if err != nil {
			return "", err
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		return string(body), err
	case "lookup":
		addresses, err := net.LookupHost(with)
		return strings.Join(addresses, " "), err
	case "write":
		return "written", os.WriteFile(with, []byte("hello\n"), 0o600)
	case "list":
		entries, err := os.ReadDir(with)
		names := []string{}
		for _, entry := range entries {
			names = append(names, entry.Name())
		}
		return strings.Join(names, " "), err
	case "serve":
		return "", http.ListenAndServe(with, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintln(w, "hello from the pod")
		}))
	case "burn":
		seconds, err := strconv.Atoi(with)
		for until := time.Now().Add(time.Duration(seconds) * time.Second); time.Now().Before(until); {
		}
		return "burnt", err
	}
	return "", fmt.Errorf("no such thing to do")
}
