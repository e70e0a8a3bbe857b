/** Every integration suite; each runs in both extension hosts. */
import './chunked.test';
import './extension.test';
import './recorder.test';
import './run.test';
